import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDatabase, type Embedded, migrate, type OpenDatabase, sql, startEmbedded } from '../db/index.ts'
import { createCpuReader, type ReadCpu } from './cpu.ts'
import { type Machine, machineFacts } from './machine.ts'
import type { Report } from './report.ts'

export interface Measure {
  readonly name: string
  run(bench: Bench): Promise<Report>
}

export interface Bench {
  /** A short run: less of everything, so its figures are rougher. */
  readonly quick: boolean
  /** The large numbers, where a measure has them: it takes long and tens of gigabytes. */
  readonly full: boolean
  readonly rounds: number
  /** A new, migrated database on the bench's own server, and a folder for what a service keeps in files. */
  database(): Promise<BenchDatabase>
  readonly readCpu: ReadCpu
  say(line: string): void
}

export interface BenchDatabase extends OpenDatabase {
  readonly url: string
  readonly folder: string
}

export interface OpenBench extends Bench {
  readonly machine: Machine
  /** Deletes server, databases and folders; safe to call twice. */
  close(): Promise<void>
}

const servers = fileURLToPath(new URL('../.tds/bench/', import.meta.url))

/** A PostgreSQL of its own with default settings: fsync on, nothing tuned. */
export async function openBench(options: {
  quick: boolean
  full: boolean
  rounds: number
  say(line: string): void
}): Promise<OpenBench> {
  await sweep()
  const server = await startEmbedded({ dataDir: join(servers, `server-${process.pid}`) })
  const files = await mkdtemp(join(tmpdir(), 'tds-bench-'))
  const opened: OpenDatabase[] = []
  let closing: Promise<void> | undefined
  const close = async () => {
    await Promise.all(opened.map((database) => database.close()))
    await server.destroy()
    await rm(files, { recursive: true, force: true })
  }
  const bench = {
    ...options,
    readCpu: await createCpuReader(server.folder),
    async database() {
      const database = await newDatabase(server, `bench_${opened.length + 1}`)
      opened.push(database)
      return { ...database, folder: await mkdtemp(join(files, 'service-')) }
    },
    close: () => (closing ??= close()),
  }
  try {
    const { db } = await bench.database()
    return { ...bench, machine: await machineFacts(db, files) }
  } catch (error) {
    await bench.close()
    throw error
  }
}

async function newDatabase(server: Embedded, name: string): Promise<OpenDatabase & { url: string }> {
  const url = Object.assign(new URL(server.connectionString), { pathname: `/${name}` }).href
  const owner = createDatabase({ ...pool, connectionString: server.connectionString, maxConnections: 1 })
  await sql`create database ${sql.id(name)}`.execute(owner.db).finally(() => owner.close())
  const database = createDatabase({ ...pool, connectionString: url })
  await migrate(database.db)
  return { ...database, url }
}

const pool = { maxConnections: 16, statementTimeoutMs: 300_000, applicationName: 'tds-bench' }

/** Ends the servers of bench processes that were killed. */
async function sweep(): Promise<void> {
  await mkdir(servers, { recursive: true })
  for (const name of await readdir(servers)) {
    const pid = /^server-(\d+)$/.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const orphan = await startEmbedded({ dataDir: join(servers, name) })
    await orphan.destroy()
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Once to warm up, then as often as asked; the two take turns, so that other work on the machine meets both. */
export async function takeTurns<A, B>(
  { rounds, say }: Pick<Bench, 'rounds' | 'say'>,
  limit: (round: number) => Promise<A>,
  ours: (round: number) => Promise<B>,
): Promise<Array<{ limit: A; ours: B }>> {
  const turns: Array<{ limit: A; ours: B }> = []
  for (let round = 0; round <= rounds; round++) {
    const turn = { limit: await limit(round), ours: await ours(round) }
    if (round > 0) turns.push(turn)
    say(round === 0 ? 'warmed up' : `round ${round} of ${rounds}`)
  }
  return turns
}
