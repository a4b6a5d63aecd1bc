import { toEntityStatistics } from './entity-statistics.ts'
import { successRate, totalsOf } from './health.ts'
import { histogramsOf, timingOf } from './histogram.ts'
import { pauseWords } from './judgments/paused.ts'
import { type UnfinishedState, unfinishedStates } from './read/unfinished.ts'
import type { Status } from './reason.ts'
import type { Statistics } from './statistics-shapes.ts'
import type { Stocktake } from './stocktake.ts'
import { acrossLabels, byLabel, type Sums } from './sums.ts'
import type { MonitoredEntity, Snapshot } from './types.ts'

export function toStatistics(
  snapshot: Snapshot,
  stocktake: Stocktake,
  status: Status,
  entities: readonly MonitoredEntity[],
): Statistics {
  const timings = histogramsOf(acrossLabels(stocktake.timings))
  const totals = totalsOf(snapshot.day)
  return {
    time: new Date(snapshot.at).toISOString(),
    counted_at: new Date(stocktake.at).toISOString(),
    status,
    last_24h: { ...totals, success_rate: successRate(totals) },
    pauses: pauseWords(snapshot),
    queue: {
      ...snapshot.depth,
      by_wait_reason: { ...snapshot.depth.by_wait_reason },
      oldest_seconds: oldestByState(stocktake),
      stuck: stocktake.unfinished.reduce((sum, { stuck }) => sum + stuck, 0),
      waiting: timingOf(timings.get('wait')),
      running: timingOf(timings.get('run')),
    },
    entities: Object.fromEntries(
      entities.map((entity) => [entity.name, toEntityStatistics(snapshot, stocktake, entity)]),
    ),
    images: toImages(stocktake),
    webhooks: { ...toWebhooks(snapshot, stocktake), lag: timingOf(timings.get('lag')) },
    healing: { healed_24h: byLabel(stocktake.traffic.day, 'healed') },
    zoho: toZoho(snapshot, stocktake),
    ...toPlan(stocktake),
  }
}

/** Null where there is nothing in the state. */
function oldestByState({ unfinished }: Stocktake): Record<UnfinishedState, number | null> {
  const oldest = (state: UnfinishedState) => {
    const ages = unfinished.filter((each) => each.state === state).map(({ oldest_seconds }) => oldest_seconds)
    return ages.length > 0 ? Math.max(...ages) : null
  }
  const [pending, processing, failed, deadLetter] = unfinishedStates
  return {
    pending: oldest(pending),
    processing: oldest(processing),
    failed: oldest(failed),
    dead_letter: oldest(deadLetter),
  }
}

function toWebhooks({ vitals }: Snapshot, { lastWebhooks, traffic, proofs }: Stocktake) {
  return {
    last_at: vitals.last_webhook_at?.toISOString() ?? null,
    oldest_waiting_seconds: vitals.oldest_waiting_webhook_seconds,
    last_by_module: Object.fromEntries([...lastWebhooks].map(([module, at]) => [module, at.toISOString()])),
    last_minute: outcomesOf(traffic.lastMinute),
    last_24h: outcomesOf(traffic.day),
    refused_24h: byLabel(traffic.day, 'webhook_refused'),
    missed_24h: proofs.missedWebhooks,
  }
}

function outcomesOf(sums: Sums): Statistics['webhooks']['last_24h'] {
  const all = acrossLabels(sums)
  return {
    received: all.webhook_received ?? 0,
    duplicate: all.webhook_duplicate ?? 0,
    promoted: all.webhook_promoted ?? 0,
    parked: all.webhook_parked ?? 0,
    refused: all.webhook_refused ?? 0,
  }
}

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

function toZoho({ zoho }: Snapshot, { calls, traffic }: Stocktake): Statistics['zoho'] {
  const { minuteCeiling, minuteHeld } = zoho.budget
  return {
    calls: { minute: { ...calls }, day: byLabel(traffic.day, 'zoho_call') },
    minute: { ceiling: minuteCeiling, held: minuteHeld, left: Math.max(0, minuteCeiling - minuteHeld) },
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
