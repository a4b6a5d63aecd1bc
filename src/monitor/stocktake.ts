import { tableOf } from '../entities/index.ts'
import { type CallCounts, readCalls } from './read/calls.ts'
import { type Pictures, readPictures } from './read/pictures.ts'
import { type RowCounts, readRowCounts } from './read/rows.ts'
import { createLastWebhooks, type Lag, type LastWebhooks, readLags } from './read/webhooks.ts'
import { createSample, type Sample } from './sample.ts'
import type { ReadingPlan } from './shapes.ts'
import { withinTimeout } from './snapshot.ts'
import type { MonitorDeps } from './types.ts'

/** Counts that cost more than a glance. */
export interface Stocktake {
  readonly at: number
  readonly rows: ReadonlyMap<string, RowCounts>
  readonly pictures: Pictures
  readonly lags: ReadonlyMap<string, Lag>
  readonly lastWebhooks: ReadonlyMap<string, Date>
  readonly calls: CallCounts
  readonly plan: ReadingPlan
}

/** At most every two seconds; asked again within fifteen, the last answer is given at once and renewed behind it. */
export function createStocktakes(deps: MonitorDeps): Sample<Stocktake> {
  const lastWebhooks = createLastWebhooks()
  const read = () => readStocktake(deps, lastWebhooks)
  return createSample({ read, clock: deps.clock, maxAgeMs: 2000, maxStaleMs: 15_000, deadlineMs: 5000 })
}

async function readStocktake(
  { db, clock, entities, plan }: MonitorDeps,
  lastWebhooks: LastWebhooks,
): Promise<Stocktake> {
  const tables = [...new Set(entities.list().map(tableOf))]
  const planned = (await plan?.()) ?? { entities: [], timetable: [] }
  return withinTimeout(db, async (tx) => ({
    plan: planned,
    rows: await readRowCounts(tx, tables),
    pictures: await readPictures(tx),
    lags: await readLags(tx, clock.now()),
    lastWebhooks: await lastWebhooks.read(tx, clock.now()),
    calls: await readCalls(tx),
    at: clock.now(),
  }))
}
