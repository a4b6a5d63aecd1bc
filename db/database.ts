import { Kysely, type Transaction } from 'kysely'
import pg from 'pg'
import { Dialect } from './dialect.ts'
import type { Database } from './schema.ts'
import { limitSilence } from './silence.ts'
import { typeParsers } from './type-parsers.ts'

export type Db = Kysely<Database>
/** A function that must run inside a transaction takes this, so that the compiler refuses a bare `Db`. */
export type Tx = Transaction<Database>

export interface DatabaseOptions {
  readonly connectionString: string
  /** Size of the pool. */
  readonly maxConnections: number
  /** The server ends a statement after this long, and 2 s later we end a connection that is silent; 0 = never. */
  readonly statementTimeoutMs: number
  /** How this process is called in `pg_stat_activity`. */
  readonly applicationName: string
  /** An idle connection was lost (the database restarted); the pool replaces it by itself. */
  readonly onError?: (error: Error) => void
}

export interface OpenDatabase {
  readonly db: Db
  /** For what Kysely does not do: LISTEN, COPY. */
  readonly pool: pg.Pool
  /** Waits for the queries in hand; safe to call twice. */
  close(): Promise<void>
}

/** How long after the server's statement timeout its answer may still be on the way. */
const graceMs = 2000

/** A pool and the Kysely over it. Connects on first use, so a database that is away is no error here. */
export function createDatabase(options: DatabaseOptions): OpenDatabase {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.maxConnections,
    application_name: options.applicationName,
    statement_timeout: options.statementTimeoutMs,
    connectionTimeoutMillis: 2000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: typeParsers,
  })
  // Without a listener Node would end the process when an idle connection breaks.
  pool.on('error', (error) => options.onError?.(error))
  const { statementTimeoutMs } = options
  let migrations = 0
  pool.on('connect', (client) => {
    // A connection in use reports its end to the query that uses it; the event itself must not be fatal either.
    client.on('error', () => {})
    if (statementTimeoutMs > 0) limitSilence(client, statementTimeoutMs + graceMs, () => migrations > 0)
  })
  const patience = { begin: () => void migrations++, end: () => void migrations-- }
  const db = new Kysely<Database>({ dialect: new Dialect({ pool }, patience) })
  let closing: Promise<void> | undefined
  return { db, pool, close: () => (closing ??= pool.end()) }
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
export function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().execute(work)
}
