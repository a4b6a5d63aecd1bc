import { join } from 'node:path'
import { findEmbedded, pendingMigrations } from '../../db/index.ts'
import { type Config, type Environment, loadConfig } from '../config.ts'
import { type Context, createContext } from '../context.ts'
import { TdsError } from '../errors.ts'
import { createLog } from '../log.ts'
import { readVersion } from '../version.ts'
import type { Terminal } from './command.ts'
import { openDatabaseServer } from './database-server.ts'
import { withPatience } from './patience.ts'

export interface SessionOptions {
  /**
   * `working`: migrated, with workers, for commands that write. `reading`: nothing runs and nothing is changed; the
   * schema must be there already. `bare`: nothing is looked at. `onlooking`: as `bare`, and no database server is
   * started either; where none runs, `noDatabase` says so.
   */
  readonly kind: 'working' | 'reading' | 'bare' | 'onlooking'
}

/** A composition of its own for one command: the timetable stays with the service, everything stops at the end. */
export async function withContext<T>(
  { env, out, signal, waitMs }: Terminal,
  { kind }: SessionOptions,
  work: (ctx: Context, around: { readonly noDatabase?: string | undefined }) => Promise<T>,
): Promise<T> {
  const config: Config = { ...loadConfig(env), scheduler: false }
  const level = kind === 'onlooking' && !env.TDS_LOG_LEVEL ? 'fatal' : levelOf(env, config)
  const log = createLog({ level, pretty: out.stderr.isTTY === true, stream: 'stderr' })
  const server: RunningServer =
    kind === 'onlooking' ? await runningServer(config) : await openDatabaseServer(config, (line) => log.info(line))
  try {
    const ctx = await createContext({ config, databaseUrl: server.url, log, version: await readVersion() })
    try {
      if (kind === 'working') {
        ctx.start()
        await withPatience(signal, ctx.ready(), { waitMs, answered: ctx.answered })
      }
      if (kind === 'reading') await mustBeMigrated(ctx)
      return await work(ctx, server)
    } finally {
      await ctx.stop()
    }
  } finally {
    await server.stop()
  }
}

interface RunningServer {
  readonly url: string
  readonly noDatabase?: string
  stop(): Promise<void>
}

/** The configured server, or the embedded one if it runs; nothing is started, so nothing is to be stopped. */
async function runningServer({ database, dataDir }: Config): Promise<RunningServer> {
  const stop = async () => {}
  if (database.url !== undefined) return { url: database.url, stop }
  const folder = join(dataDir, 'postgres')
  const url = await findEmbedded(folder)
  if (url !== undefined) return { url, stop }
  const noDatabase = `DATABASE_URL is not set, and the embedded PostgreSQL in ${folder} does not run`
  return { url: 'postgres://127.0.0.1:1/none', stop, noDatabase }
}

/** A command speaks through its answer; the log joins in from warnings on, unless it was asked for. */
const levelOf = (env: Environment, config: Config): string => (env.TDS_LOG_LEVEL ? config.logLevel : 'warn')

async function mustBeMigrated({ database }: Context): Promise<void> {
  const pending = await pendingMigrations(database.db)
  if (pending.length === 0) return
  throw new TdsError(
    'NOT_MIGRATED',
    'permanent',
    `The database lacks ${pending.length} migration(s) of this version; npm run tds -- migrate applies them`,
  )
}
