import { type Db, sql } from '../../db/index.ts'
import { readDepth } from '../queue/index.ts'
import { skewMs } from '../runtime/index.ts'
import { createDaySums, type DaySums } from './day-counts.ts'
import { createPictureFacts, type PictureFacts } from './read/picture-facts.ts'
import { readRuns } from './read/runs.ts'
import { readVitals } from './read/vitals.ts'
import { createSample, type Sample } from './sample.ts'
import { createUsualHour, silenceOf } from './silence.ts'
import { defaultThresholds, readThresholds, type Thresholds } from './thresholds.ts'
import type { MonitorDeps, Snapshot } from './types.ts'

export const statementTimeoutMs = 2000

/** The snapshot everyone shares: at most one read a second, from one connection, each statement within two seconds. */
export function createSnapshots(deps: MonitorDeps): Sample<Snapshot> {
  const readers: Readers = { sums: createDaySums(), usualHour: createUsualHour(), pictures: createPictures(deps) }
  let heartbeatSeconds = defaultThresholds.heartbeat_seconds
  const read = async (): Promise<Snapshot> => {
    const snapshot = await readSnapshot(deps, readers, heartbeatSeconds)
    heartbeatSeconds = snapshot.thresholds.heartbeat_seconds
    return snapshot
  }
  return createSample({ read, clock: deps.clock, maxAgeMs: 1000, deadlineMs: statementTimeoutMs })
}

interface Readers {
  readonly sums: DaySums
  readonly usualHour: ReturnType<typeof createUsualHour>
  readonly pictures: { read(db: Db): Promise<PictureFacts> }
}

const picturesMs = 5000

/** Counting pictures takes longer than a glance where there are very many, so what was read is kept for a few seconds. */
function createPictures(deps: MonitorDeps): Readers['pictures'] {
  const facts = createPictureFacts(deps.imageDir)
  let last: { readonly at: number; readonly value: PictureFacts } | undefined

  return {
    async read(db) {
      const now = deps.clock.now()
      if (!last || now < last.at || now > last.at + picturesMs) last = { at: now, value: await facts.read(db) }
      return last.value
    },
  }
}

async function readSnapshot(deps: MonitorDeps, readers: Readers, heartbeatSeconds: number): Promise<Snapshot> {
  const { db, clock, entities, zoho } = deps
  const startedAt = clock.now()
  const names = entities.list().map(({ name }) => name)
  const [{ usualHour, ...facts }, zohoState] = await Promise.all([
    readFacts({ db, clock, names, readers, heartbeatSeconds }),
    zoho.state(),
  ])
  const { thresholds, valid } = readThresholds(facts.vitals.thresholds, facts.vitals.own_thresholds)
  const at = clock.now()
  const busyFrom = thresholds.webhook_busy_hour
  return {
    at,
    databaseMs: at - startedAt,
    ...facts,
    plannedEvery: planOf(names, deps, thresholds),
    zoho: zohoState,
    silence: silenceOf(usualHour, { at, last: facts.vitals.last_webhook_at, busyFrom }),
    pulse: deps.pulse?.() ?? null,
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

interface FactsOptions extends Pick<MonitorDeps, 'db' | 'clock'> {
  readonly names: readonly string[]
  readonly readers: Readers
  readonly heartbeatSeconds: number
}

function readFacts({ db, clock, names, readers, heartbeatSeconds }: FactsOptions) {
  return withinTimeout(db, async (tx) => {
    const before = clock.now()
    const vitals = await readVitals(tx, names, heartbeatSeconds)
    const databaseSkewMs = skewMs([before, clock.now()], [vitals.now, vitals.now])
    const depth = await readDepth(tx)
    const runs = await readRuns(tx, names)
    const day = await readers.sums.read(tx, vitals.now)
    const usualHour = await readers.usualHour.read(tx, clock.now())
    const pictures = await readers.pictures.read(tx)
    return { vitals, databaseSkewMs, depth, runs, day, usualHour, pictures }
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
