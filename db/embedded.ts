import { rm } from 'node:fs/promises'
import pg from 'pg'
import { ensureCluster, owner } from './embedded/cluster.ts'
import { withLock } from './embedded/lock.ts'
import { choosePlace, type Place } from './embedded/place.ts'
import { findRunning, halt, launch } from './embedded/server.ts'
import { enter, leave } from './embedded/users.ts'

export interface EmbeddedOptions {
  /** Folder of the cluster: data, password, port, log. Where PostgreSQL cannot reach it, another is used and logged. */
  readonly dataDir: string
  /** @default the port it had, else a free one */
  readonly port?: number
  /** Settings that lose data with the machine but not with the process; for tests. @default false */
  readonly fast?: boolean
  /** Refuses to start: production has a database of its own. @default false */
  readonly production?: boolean
  readonly log?: (line: string) => void
}

export interface Embedded {
  readonly connectionString: string
  readonly port: number
  /** Where the cluster really is, see EmbeddedOptions.dataDir. */
  readonly folder: string
  /** The server was already running: left by a killed process, or shared with a living one. */
  readonly adopted: boolean
  /** Stops the server unless another process uses it; safe to call twice. */
  stop(): Promise<void>
  /** Stops the server whoever uses it; `immediate` is a crash. For tests of an outage; `start` ends it. */
  halt(mode: 'fast' | 'immediate'): Promise<void>
  /** Starts the halted server again on its port. */
  start(): Promise<void>
  /** Halts the server and deletes the cluster with all its data. */
  destroy(): Promise<void>
}

/**
 * A real PostgreSQL on 127.0.0.1 for demo, development and tests. A server that outlived a killed parent, or that another
 * process uses now, is adopted; the last process that leaves stops it.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  if (options.production) throw new Error('the embedded PostgreSQL is not for production; set DATABASE_URL')
  if (process.platform === 'win32') throw new Error('the embedded PostgreSQL does not run on Windows; set DATABASE_URL')
  const { log = () => {}, fast = false } = options
  const place = await choosePlace(options.dataDir, log)
  const lock = `${place.folder}.lock`
  return withLock(lock, async () => {
    const password = await ensureCluster(place, fast)
    const found = await findRunning(place, password)
    const port = found ?? (await launch(place, { port: options.port, fast }))
    const connectionString = `postgres://${owner}:${password}@127.0.0.1:${port}/${owner}`
    await ensureDatabase(connectionString)
    const mine = await enter(place.folder)
    log(`PostgreSQL ${found === undefined ? 'started' : 'adopted'} on 127.0.0.1:${port}, data in ${place.folder}`)
    return {
      connectionString,
      port,
      folder: place.folder,
      adopted: found !== undefined,
      ...controls({ place, lock, mine, password, port, fast }),
    }
  })
}

interface Running {
  readonly place: Place
  readonly lock: string
  readonly mine: string
  readonly password: string
  readonly port: number
  readonly fast: boolean
}

function controls({
  place,
  lock,
  mine,
  password,
  port,
  fast,
}: Running): Pick<Embedded, 'stop' | 'halt' | 'start' | 'destroy'> {
  let stopping: Promise<void> | undefined
  const runs = async () => (await findRunning(place, password)) !== undefined
  return {
    stop: () => {
      stopping ??= withLock(lock, async () => {
        const othersRemain = await leave(place.folder, mine)
        if (!othersRemain && (await runs())) await halt(place, 'fast')
      })
      return stopping
    },
    halt: (mode) =>
      withLock(lock, async () => {
        if (await runs()) await halt(place, mode)
      }),
    start: () =>
      withLock(lock, async () => {
        if (!(await runs())) await launch(place, { port, fast })
      }),
    destroy: () =>
      withLock(lock, async () => {
        if (await runs()) await halt(place, 'immediate')
        await rm(place.folder, { recursive: true, force: true })
      }),
  }
}

/** The cluster comes with the database `postgres` only. */
async function ensureDatabase(connectionString: string): Promise<void> {
  const maintenance = new URL(connectionString)
  maintenance.pathname = '/postgres'
  const client = new pg.Client({ connectionString: maintenance.href, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [owner])
    if (rowCount === 0) await client.query(`create database ${owner}`)
  } finally {
    await client.end()
  }
}
