import { statfs } from 'node:fs/promises'
import { type Db, sql } from '../../db/index.ts'
import { readDepth } from '../queue/index.ts'
import { createDaySums, type DaySums } from './day-counts.ts'
import { readRuns } from './read/runs.ts'
import { readVitals } from './read/vitals.ts'
import { createSample, type Sample } from './sample.ts'
import { defaultThresholds, readThresholds, type Thresholds } from './thresholds.ts'
import type { MonitorDeps, Snapshot } from './types.ts'

export const statementTimeoutMs = 2000

/** The snapshot everyone shares: at most one read a second, from one connection, each statement within two seconds. */
export function createSnapshots(deps: MonitorDeps): Sample<Snapshot> {
  const sums = createDaySums()
  let heartbeatSeconds = defaultThresholds.heartbeat_seconds
  const read = async (): Promise<Snapshot> => {
    const snapshot = await readSnapshot(deps, sums, heartbeatSeconds)
    heartbeatSeconds = snapshot.thresholds.heartbeat_seconds
    return snapshot
  }
  return createSample({ read, clock: deps.clock, maxAgeMs: 1000, deadlineMs: statementTimeoutMs })
}

async function readSnapshot(deps: MonitorDeps, sums: DaySums, heartbeatSeconds: number): Promise<Snapshot> {
  const { db, clock, entities, zoho, imageDir } = deps
  const startedAt = clock.now()
  const names = entities.list().map(({ name }) => name)
  const [facts, zohoState, diskFreePercent] = await Promise.all([
    readFacts(db, names, sums, heartbeatSeconds),
    zoho.state(),
    readDiskFree(imageDir),
  ])
  const { thresholds, valid } = readThresholds(facts.vitals.thresholds, facts.vitals.own_thresholds)
  const at = clock.now()
  return {
    at,
    databaseMs: at - startedAt,
    ...facts,
    plannedEvery: planOf(names, deps, thresholds),
    zoho: zohoState,
    diskFreePercent,
    thresholds,
    thresholdsAreValid: valid,
  }
}

function planOf(names: readonly string[], { plannedEverySeconds }: MonitorDeps, { sync_every_seconds }: Thresholds) {
  const every = (name: string) => plannedEverySeconds?.(name) ?? sync_every_seconds[name] ?? null
  return new Map(
    names.flatMap((name): [string, number][] => {
      const seconds = every(name)
      return seconds === null ? [] : [[name, seconds]]
    }),
  )
}

function readFacts(db: Db, names: readonly string[], sums: DaySums, heartbeatSeconds: number) {
  return withinTimeout(db, async (tx) => {
    const vitals = await readVitals(tx, names, heartbeatSeconds)
    const depth = await readDepth(tx)
    const runs = await readRuns(tx, names)
    const day = await sums.read(tx, vitals.now)
    return { vitals, depth, runs, day }
  })
}

/** Reads in one read-only transaction whose statements the server itself ends after two seconds. */
export function withinTimeout<T>(db: Db, read: (db: Db) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setAccessMode('read only')
    .execute(async (tx) => {
      await sql`select set_config('statement_timeout', ${String(statementTimeoutMs)}, true)`.execute(tx)
      return read(tx)
    })
}

async function readDiskFree(folder: string): Promise<number | null> {
  try {
    const { bavail, blocks } = await statfs(folder)
    return blocks === 0 ? null : Math.floor((bavail / blocks) * 1000) / 10
  } catch {
    return null
  }
}
