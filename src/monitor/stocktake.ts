import { sql } from '../../db/index.ts'
import { tableOf } from '../entities/index.ts'
import { DAY_MS } from './day-counts.ts'
import { readCalls } from './read/calls.ts'
import { type Pictures, readPictures } from './read/pictures.ts'
import { type Proofs, readProofs } from './read/proofs.ts'
import { type RowCounts, readRowCounts } from './read/rows.ts'
import { readUnfinished, type Unfinished } from './read/unfinished.ts'
import { createLastWebhooks } from './read/webhooks.ts'
import { createSample, type Sample } from './sample.ts'
import { withinTimeout } from './snapshot.ts'
import type { ReadingPlan } from './statistics-shapes.ts'
import { createWindowSums, type Sums } from './sums.ts'
import type { MonitorDeps } from './types.ts'

/** Counts that cost more than a glance. */
export interface Stocktake {
  readonly at: number
  readonly rows: ReadonlyMap<string, RowCounts>
  readonly pictures: Pictures
  readonly unfinished: readonly Unfinished[]
  readonly proofs: Proofs
  readonly lastWebhooks: ReadonlyMap<string, Date>
  /** Histograms of the last hour, by entity. */
  readonly timings: Sums
  /** Webhooks by module, calls by purpose and repairs by action: of a day, and of the last whole minute. */
  readonly traffic: { readonly day: Sums; readonly lastMinute: Sums }
  /** Begun in the last 60 seconds, by purpose. */
  readonly calls: Readonly<Record<string, number>>
  readonly plan: ReadingPlan
}

const HOUR_MS = 60 * 60 * 1000

/** At most every two seconds; asked again within fifteen, the last answer is given at once and renewed behind it. */
export function createStocktakes(deps: MonitorDeps, stuckAfterSeconds: () => number): Sample<Stocktake> {
  const readers = {
    lastWebhooks: createLastWebhooks(),
    timings: createWindowSums(HOUR_MS, '^(wait|run|lag)_ms_le_'),
    traffic: createWindowSums(DAY_MS, '^(webhook_|zoho_call$|healed$)'),
  }
  const read = () => readStocktake(deps, readers, stuckAfterSeconds())
  return createSample({ read, clock: deps.clock, maxAgeMs: 2000, maxStaleMs: 15_000, deadlineMs: 5000 })
}

interface Readers {
  readonly lastWebhooks: ReturnType<typeof createLastWebhooks>
  readonly timings: ReturnType<typeof createWindowSums>
  readonly traffic: ReturnType<typeof createWindowSums>
}

async function readStocktake(
  { db, clock, entities, plan }: MonitorDeps,
  { lastWebhooks, timings, traffic }: Readers,
  stuckAfterSeconds: number,
): Promise<Stocktake> {
  const names = entities.list().map(({ name }) => name)
  const tables = [...new Set(entities.list().map(tableOf))]
  const planned = (await plan?.()) ?? { entities: [], timetable: [] }
  return withinTimeout(db, async (tx) => {
    const { rows } = await sql<{ now: number }>`
      select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(tx)
    const now = rows[0]?.now ?? clock.now()
    return {
      plan: planned,
      rows: await readRowCounts(tx, tables),
      pictures: await readPictures(tx),
      unfinished: await readUnfinished(tx, stuckAfterSeconds),
      proofs: await readProofs(tx, names),
      lastWebhooks: await lastWebhooks.read(tx, now),
      timings: await timings.read(tx, now),
      traffic: { day: await traffic.read(tx, now), lastMinute: traffic.lastMinute(now) },
      calls: await readCalls(tx),
      at: clock.now(),
    }
  })
}
