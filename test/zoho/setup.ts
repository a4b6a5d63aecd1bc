import type { Test } from 'tap'
import { type Config, loadConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { systemClock } from '../../src/runtime/index.ts'
import { createZoho, type Timing, type Zoho } from '../../src/zoho/index.ts'
import { type TestDatabase, testDatabase } from '../helpers/database.ts'
import { createSimulator, type Simulator, type SimulatorOptions, simulatorCredentials } from '../simulator/index.ts'

/** Real minutes are tenths of seconds here; everything else keeps its proportion where a test waits for it. */
export const fast: Partial<Timing> = { windowMs: 1000, retryMs: 1, tokenLookMs: 10 }

export interface World {
  readonly database: TestDatabase
  readonly simulator: Simulator
  /** Another process on the same database. */
  client(options?: ClientOptions): Zoho
}

export interface ClientOptions {
  readonly config?: Partial<Config['zoho']>
  readonly timing?: Partial<Timing>
}

export async function world(t: Test, options: SimulatorOptions = {}): Promise<World> {
  const simulator = await createSimulator({ items: 40, limits: 'relaxed', ...options })
  t.teardown(() => simulator.close())
  const database = await testDatabase(t)
  return { database, simulator, client: (options) => clientOf(t, database, simulator, options) }
}

export function clientOf(
  t: Test,
  database: TestDatabase,
  simulator: Pick<Simulator, 'apiUrl' | 'accountsUrl' | 'organizationId'>,
  { config = {}, timing = {} }: ClientOptions = {},
): Zoho {
  const zoho = createZoho({
    db: database.db,
    config: { ...zohoConfig(simulator), perMinute: 1_000_000, ...config },
    log: createLog({ level: 'silent', pretty: false }),
    clock: systemClock,
    processId: crypto.randomUUID(),
    timing: { ...fast, ...timing },
  })
  t.teardown(() => zoho.close())
  return zoho
}

function zohoConfig({
  apiUrl,
  accountsUrl,
  organizationId,
}: Pick<Simulator, 'apiUrl' | 'accountsUrl' | 'organizationId'>) {
  return loadConfig({
    ZOHO_API_URL: apiUrl,
    ZOHO_ACCOUNTS_URL: accountsUrl,
    ZOHO_ORGANIZATION_ID: organizationId,
    ZOHO_CLIENT_ID: simulatorCredentials.clientId,
    ZOHO_CLIENT_SECRET: simulatorCredentials.clientSecret,
    ZOHO_REFRESH_TOKEN: simulatorCredentials.refreshToken,
  }).zoho
}

export const itemsCall = { product: 'inventory', path: '/items', purpose: 'test' } as const
