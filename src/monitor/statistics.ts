import { tableOf } from '../entities/index.ts'
import type { Run } from './read/runs.ts'
import type { Status } from './reason.ts'
import type { EntityStatistics, Statistics } from './shapes.ts'
import type { Stocktake } from './stocktake.ts'
import type { MonitoredEntity, Snapshot } from './types.ts'

export function toStatistics(
  snapshot: Snapshot,
  stocktake: Stocktake,
  status: Status,
  entities: readonly MonitoredEntity[],
): Statistics {
  const { depth, vitals } = snapshot
  return {
    time: new Date(snapshot.at).toISOString(),
    counted_at: new Date(stocktake.at).toISOString(),
    status,
    queue: { ...depth, by_wait_reason: { ...depth.by_wait_reason } },
    entities: Object.fromEntries(
      entities.map((entity) => [entity.name, toEntityStatistics(snapshot, stocktake, entity)]),
    ),
    images: toImages(stocktake),
    webhooks: {
      last_at: vitals.last_webhook_at?.toISOString() ?? null,
      oldest_waiting_seconds: vitals.oldest_waiting_webhook_seconds,
      last_by_module: Object.fromEntries([...stocktake.lastWebhooks].map(([module, at]) => [module, at.toISOString()])),
    },
    zoho: toZoho(snapshot, stocktake),
    ...toPlan(stocktake),
  }
}

export function toEntityStatistics(
  { day, runs }: Snapshot,
  { rows, lags, lastWebhooks }: Stocktake,
  entity: MonitoredEntity,
): EntityStatistics {
  const { name, webhook } = entity
  const counted = day.get(name) ?? {}
  const found = runs.get(name)
  const heard = webhook.modules.flatMap((module) => lastWebhooks.get(module)?.getTime() ?? [])
  return {
    rows: rows.get(tableOf(entity)) ?? { live: 0, tombstoned: 0, exact: true },
    last_24h: {
      written: counted.written ?? 0,
      unchanged: counted.unchanged ?? 0,
      stale: counted.stale ?? 0,
      skipped: counted.skipped ?? 0,
      failed: counted.failed ?? 0,
      failed_attempts: counted.attempt_failed ?? 0,
    },
    last_run: found?.last ? toRun(found.last) : null,
    last_settled_at: found?.settledAt?.toISOString() ?? null,
    verified_through: found?.verifiedThrough?.toISOString() ?? null,
    last_webhook_at: heard.length > 0 ? new Date(Math.max(...heard)).toISOString() : null,
    lag: lags.get(name) ?? null,
  }
}

/** PostgreSQL writes times inside JSON with an offset; here they end in Z like all the others. */
const toRun = (run: Run) => ({
  ...run,
  started_at: new Date(run.started_at).toISOString(),
  settled_at: run.settled_at === null ? null : new Date(run.settled_at).toISOString(),
})

function toImages({ pictures }: Stocktake): Statistics['images'] {
  const { by_status, products, products_with_images } = pictures
  const coverage = products === 0 ? null : Math.round((products_with_images / products) * 10_000) / 100
  return { by_status: { ...by_status }, products, products_with_images, coverage_percent: coverage }
}

function toPlan({ plan: { entities, timetable } }: Stocktake): Pick<Statistics, 'backfill' | 'timetable'> {
  const waiting = entities.map(({ entity, pending, share_per_day, allowed_now, finish_date }) => [
    entity,
    { pending, share_per_day, allowed_now, finish_date },
  ])
  return { backfill: Object.fromEntries(waiting), timetable: [...timetable] }
}

function toZoho({ zoho }: Snapshot, { calls }: Stocktake): Statistics['zoho'] {
  return {
    calls: { minute: { ...calls.minute }, day: { ...calls.day } },
    minute: { ceiling: zoho.budget.minuteCeiling, held: zoho.budget.minuteHeld },
    day: Object.fromEntries(
      Object.entries(zoho.products).map(([product, state]) => [
        product,
        {
          limit: state.dayLimit,
          used: state.dayUsed,
          left: state.dayRemaining,
          resets_at: state.dayResetsAt?.toISOString() ?? null,
        },
      ]),
    ),
  }
}
