import { loadConfig } from '../src/config.ts'
import { type Context, createContext } from '../src/context.ts'
import { createLog } from '../src/log.ts'
import type { Clock } from '../src/runtime/index.ts'
import type { BenchDatabase } from './harness.ts'

export const webhookSecret = 'bench-webhook-secret-0123456789'
export const adminKey = 'tds_bench_0123456789abcdefghijklmnopqrstuvwxyz'
export const unlimitedKey = { adminPerMinute: 1_000_000_000 }

export interface ServiceOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly clock?: Clock
}

/** The whole service over a database of the bench, made but not started; it logs nothing and fires no timetable. */
export function makeService(
  { url, folder }: Pick<BenchDatabase, 'url' | 'folder'>,
  { env = {}, clock }: ServiceOptions = {},
): Promise<Context> {
  const config = loadConfig({
    DATABASE_URL: url,
    TDS_DATA_DIR: folder,
    TDS_LOG_LEVEL: 'silent',
    TDS_SCHEDULER: 'false',
    TDS_WEBHOOK_SECRET: webhookSecret,
    TDS_ADMIN_KEY: adminKey,
    ...env,
  })
  const log = createLog({ level: config.logLevel, pretty: false })
  return createContext({ config, databaseUrl: url, log, version: 'bench', ...(clock && { clock }) })
}
