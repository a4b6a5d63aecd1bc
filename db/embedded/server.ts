import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { owner, runAs } from './cluster.ts'
import type { Place } from './place.ts'
import { mayServe } from './process.ts'

const answerMs = 60_000
const attempts = 3

/** TCP on the loopback only: no other machine and no socket file is a way in. */
const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'timezone=UTC',
  'log_timezone=UTC',
  'jit=off',
]
/** For data that may be lost with the machine, as in tests. */
const fastSettings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300']

export interface ServerOptions {
  readonly port: number | undefined
  readonly fast: boolean
}

/**
 * The port of the server that already runs on this cluster, however it was started; undefined if there is none. A file
 * left by a dead server whose number another process has got since is removed, as PostgreSQL would stop at it.
 */
export async function findRunning({ folder }: Place, password: string): Promise<number | undefined> {
  const dataDir = join(folder, 'data')
  const pidFile = join(dataDir, 'postmaster.pid')
  const deadline = Date.now() + answerMs
  while (true) {
    const [pid, , , port] = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n').map(Number)
    if (!pid) return undefined
    if (port && (await dataDirectoryAt(port, password)) === dataDir) return port
    if (!mayServe(pid, dataDir)) {
      await rm(pidFile, { force: true })
      return undefined
    }
    if (Date.now() > deadline) throw new Error(`PostgreSQL (process ${pid}) serves ${dataDir} but does not answer`)
    await pause(100)
  }
}

/** Starts the server on the wanted port, else on the one it had, else on a free one, and waits until it answers. */
export async function launch(place: Place, { port: wanted, fast }: ServerOptions): Promise<number> {
  const portFile = join(place.folder, 'port')
  const remembered = Number(await readFile(portFile, 'utf8').catch(() => '0'))
  let port = wanted ?? (await freePort(remembered))
  for (let attempt = 1; ; attempt++) {
    try {
      await start(place, port, fast ? [...settings, ...fastSettings] : settings)
      break
    } catch (cause) {
      if (attempt === attempts) throw new Error(await describeFailure(place), { cause })
      port = wanted ?? (await freePort(0))
      await pause(500)
    }
  }
  await writeFile(portFile, String(port), { mode: 0o600 })
  return port
}

/** `fast` ends open transactions in order; `immediate` is a crash that the next start recovers from. */
export async function halt(place: Place, mode: 'fast' | 'immediate'): Promise<void> {
  await runAs(place, place.binaries.pgCtl, [
    'stop',
    '-s',
    '-w',
    '-t',
    '60',
    '-m',
    mode,
    '-D',
    join(place.folder, 'data'),
  ])
}

async function start(place: Place, port: number, withSettings: readonly string[]): Promise<void> {
  const log = join(place.folder, 'postgres.log')
  await rename(log, `${log}.old`).catch(() => undefined)
  const options = [`port=${port}`, ...withSettings].map((setting) => `-c ${setting}`).join(' ')
  const data = ['-D', join(place.folder, 'data')]
  await runAs(place, place.binaries.pgCtl, ['start', '-s', '-w', '-t', '60', '-l', log, '-o', options, ...data])
}

async function describeFailure({ folder }: Place): Promise<string> {
  const log = join(folder, 'postgres.log')
  const lines = (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-5)
  return `the embedded PostgreSQL did not start; the end of ${log}:\n${lines.join('\n')}`
}

async function dataDirectoryAt(port: number, password: string): Promise<string | undefined> {
  const connection = { host: '127.0.0.1', port, user: owner, password, database: 'postgres' }
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 2000, query_timeout: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    return rows[0]?.data_directory
  } catch {
    return undefined
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The preferred port if nobody has it, else any that is free. */
async function freePort(preferred: number): Promise<number> {
  return (await tryPort(preferred)) ?? (await tryPort(0)) ?? Promise.reject(new Error('no free port on 127.0.0.1'))
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
