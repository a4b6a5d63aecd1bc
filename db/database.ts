import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import type { Database } from './schema.ts'
import { typeParsers } from './type-parsers.ts'

export type Db = Kysely<Database>
/** A database before, or whatever, its tables: what migrates, creates and inspects takes this. */
// biome-ignore lint/suspicious/noExplicitAny: what Kysely calls a database of unknown tables
export type AnyDb = Kysely<any>
/** A function that must run inside a transaction takes this, so that the compiler refuses a bare `Db`. */
export type Tx = Transaction<Database>

export interface DatabaseOptions {
  readonly connectionString: string
  /** Size of the pool. */
  readonly maxConnections: number
  /** The server ends a statement after this long; 0 = never. */
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
  // A connection in use reports its end to the query that uses it; the event itself must not be fatal either.
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  let closing: Promise<void> | undefined
  return { db, pool, close: () => (closing ??= pool.end()) }
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
export function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().execute(work)
}
