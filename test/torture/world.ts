import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, type OpenDatabase } from '../../db/index.ts'
import { environmentFor } from '../helpers/environment.ts'
import { cloneDatabase, cloneTemplate, dropDatabase } from '../helpers/template.ts'
import { createSimulator, type Simulator } from '../simulator/index.ts'
import { bear } from './incarnation.ts'
import { reconcile } from './reconcile.ts'

/** A Zoho, and databases that mirror it as it is at its start. */
export interface World {
  readonly simulator: Simulator
  /** A folder of its own for each history would be read from the disk each time; pictures never differ. */
  readonly dataDir: string
  /** An empty database, or one that mirrors the Zoho; dropped by `end`. */
  database(empty: boolean): Promise<OpenDatabase & { readonly connectionString: string; end(): Promise<void> }>
  end(): Promise<void>
}

/** The smallest organisation that has some of everything. */
const items = 12

/** Makes the Zoho and mirrors it once. @param server maintenance URL of the PostgreSQL to use */
export async function createWorld(server: string): Promise<World> {
  const simulator = await createSimulator({ items, limits: 'relaxed' })
  const dataDir = await mkdtemp(join(tmpdir(), 'tds-torture-'))
  const mirrored = await cloneTemplate(server)
  await mirror(simulator, dataDir, mirrored)
  return {
    simulator,
    dataDir,
    async database(empty) {
      const connectionString = empty ? await cloneTemplate(server) : await cloneDatabase(server, mirrored)
      const open = openDatabase(connectionString)
      return {
        ...open,
        connectionString,
        async end() {
          await open.close()
          await dropDatabase(server, connectionString)
        },
      }
    },
    async end() {
      await simulator.close()
      await dropDatabase(server, mirrored)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function mirror(simulator: Simulator, dataDir: string, database: string): Promise<void> {
  const open = openDatabase(database)
  const life = await bear({ env: environmentFor(simulator, dataDir), database, db: open.db })
  try {
    await life.ctx.zoho.organization()
    await life.ctx.sync.testFilters(life.signal)
    await reconcile(life, open.db)
  } finally {
    await life.stop()
    await open.close()
  }
}

const openDatabase = (connectionString: string): OpenDatabase =>
  createDatabase({ connectionString, maxConnections: 3, statementTimeoutMs: 30_000, applicationName: 'tds-torture' })
