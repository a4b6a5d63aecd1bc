import { open, rm } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { type Db, sql } from '../db/index.ts'
import { quantile } from './report.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly node: string
  readonly postgres: string
  readonly settings: Readonly<Record<string, string>>
  /** Milliseconds of one 8 KB write and fsync in the folder of the database, median. */
  readonly fsyncMs: number
  /** Processes that wanted a core in the last minute before the first measure: other work makes all rates smaller. */
  readonly loadBefore: number
}

const named = ['fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'wal_sync_method', 'jit']

/** What the figures depend on. @param folder on the disk that holds the database */
export async function machineFacts(db: Db, folder: string): Promise<Machine> {
  const { rows } = await sql<{ name: string; value: string }>`
    select name, current_setting(name) as value from pg_settings where name = any (${named}::text[])`.execute(db)
  const version = await sql<{ server_version: string }>`show server_version`.execute(db)
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    postgres: version.rows[0]?.server_version ?? 'unknown',
    settings: Object.fromEntries(rows.map(({ name, value }) => [name, value])),
    fsyncMs: await probeFsync(folder),
    loadBefore: loadavg()[0] ?? 0,
  }
}

async function probeFsync(folder: string): Promise<number> {
  const path = join(folder, 'fsync-probe')
  const file = await open(path, 'w')
  const block = Buffer.alloc(8192, 1)
  const times: number[] = []
  for (let turn = 0; turn < 100; turn++) {
    const start = performance.now()
    await file.write(block, 0, block.length, turn * block.length)
    await file.datasync()
    times.push(performance.now() - start)
  }
  await file.close()
  await rm(path)
  return quantile(
    times.toSorted((a, b) => a - b),
    0.5,
  )
}

export function renderMachine(machine: Machine): string {
  const { cpu, cores, memoryGb, node, postgres, settings, fsyncMs, loadBefore } = machine
  const set = Object.entries(settings).map(([name, value]) => `${name} ${value}`)
  return [
    `${cpu}, ${cores} cores, ${memoryGb} GB; Node ${node}; PostgreSQL ${postgres} (${set.join(', ')})`,
    `fsync of 8 KB ${fsyncMs.toFixed(2)} ms; load before the first measure ${loadBefore.toFixed(2)}`,
    'Service, PostgreSQL and load generator share these cores, all on 127.0.0.1. Ratios hold elsewhere; rates do not.',
  ].join('\n')
}
