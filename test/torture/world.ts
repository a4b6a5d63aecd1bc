import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, type OpenDatabase, sql } from '../../db/index.ts'
import { environmentFor } from '../helpers/environment.ts'
import { cloneDatabase, cloneTemplate, dropDatabase } from '../helpers/template.ts'
import { createSimulator, type Simulator } from '../simulator/index.ts'
import { bear } from './incarnation.ts'
import { reconcile } from './reconcile.ts'
import { tokenOf } from './token.ts'

/** A Zoho, and databases that mirror it as it is at its start. */
export interface World {
  readonly simulator: Simulator
  readonly dataDir: string
  /** An empty database, or one that mirrors the Zoho; dropped by `end`. */
  database(empty: boolean): Promise<OpenDatabase & { readonly connectionString: string; end(): Promise<void> }>
}

/** The smallest organisation that has some of everything. */
const items = 12

/**
 * Makes so many worlds that are the same at their start, for histories beside each other; the Zoho is mirrored once.
 * @param server maintenance URL of the PostgreSQL to use
 */
export async function createWorlds(server: string, count: number): Promise<{ worlds: World[]; end(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tds-torture-'))
  // Copies of its own: what other processes clone may be dropped when the migrations change.
  const [empty, mirrored] = [await cloneTemplate(server), await cloneTemplate(server)]
  const simulators = await Promise.all(
    Array.from({ length: count }, () => createSimulator({ items, limits: 'relaxed' })),
  )
  const [first] = simulators
  if (first) await mirror(first, dataDir, mirrored)
  return {
    worlds: simulators.map((simulator) => ({
      simulator,
      dataDir,
      database: (isEmpty) => openCopy(server, simulator, isEmpty ? empty : mirrored),
    })),
    async end() {
      await Promise.all(simulators.map((simulator) => simulator.close()))
      for (const each of [empty, mirrored]) await dropDatabase(server, each)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** With a token that is good: one that was lost in a death is asked for a minute later, and no history lasts that long. */
async function openCopy(server: string, simulator: Simulator, original: string) {
  const connectionString = await cloneDatabase(server, original)
  const open = openDatabase(connectionString)
  await sql`
    update tds_zoho_token set access_token = ${await tokenOf(simulator)}, is_encrypted = false, generation = 1,
      expires_at = clock_timestamp() + interval '1 hour', refreshed_at = clock_timestamp(), attempted_at = null`.execute(
    open.db,
  )
  return {
    ...open,
    connectionString,
    async end() {
      await open.close()
      await dropDatabase(server, connectionString)
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
