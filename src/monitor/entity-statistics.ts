import { tableOf } from '../entities/index.ts'
import { histogramsOf, timingOf } from './histogram.ts'
import type { Run } from './read/runs.ts'
import type { UnfinishedState } from './read/unfinished.ts'
import type { EntityStatistics } from './statistics-shapes.ts'
import type { Stocktake } from './stocktake.ts'
import type { MonitoredEntity, Snapshot } from './types.ts'

export function toEntityStatistics(
  snapshot: Snapshot,
  stocktake: Stocktake,
  entity: MonitoredEntity,
): EntityStatistics {
  const { name, webhook } = entity
  const counted = snapshot.day.get(name) ?? {}
  const found = snapshot.runs.get(name)
  const heard = webhook.modules.flatMap((module) => stocktake.lastWebhooks.get(module)?.getTime() ?? [])
  const timings = histogramsOf(stocktake.timings.get(name) ?? {})
  const unfinished = (state: UnfinishedState) =>
    stocktake.unfinished.find((each) => each.entity_type === name && each.state === state)?.items ?? 0
  return {
    rows: stocktake.rows.get(tableOf(entity)) ?? { live: 0, tombstoned: 0, exact: true },
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
    freshness: freshnessOf(snapshot, name),
    drift: driftOf(stocktake, name),
    last_webhook_at: heard.length > 0 ? new Date(Math.max(...heard)).toISOString() : null,
    lag: timingOf(timings.get('lag')),
    waiting: timingOf(timings.get('wait')),
    running: timingOf(timings.get('run')),
    queue: {
      pending: unfinished('pending'),
      processing: unfinished('processing'),
      failed: unfinished('failed'),
      dead_letter: unfinished('dead_letter'),
    },
  }
}

/** PostgreSQL writes times inside JSON with an offset; here they end in Z like all the others. */
const toRun = (run: Run) => ({
  ...run,
  started_at: new Date(run.started_at).toISOString(),
  settled_at: run.settled_at === null ? null : new Date(run.settled_at).toISOString(),
})

function freshnessOf({ at, runs, plannedEvery }: Snapshot, name: string): EntityStatistics['freshness'] {
  const settledAt = runs.get(name)?.settledAt
  const age = settledAt ? Math.max(0, Math.round((at - settledAt.getTime()) / 1000)) : null
  const every = plannedEvery.get(name)
  return {
    age_seconds: age,
    due_every_seconds: every === undefined ? null : Math.round(every),
    late_seconds: age === null || every === undefined ? null : Math.max(0, Math.round(age - every)),
  }
}

function driftOf({ proofs }: Stocktake, name: string): EntityStatistics['drift'] {
  const proof = proofs.byEntity.get(name)
  if (!proof) return null
  const { verifiedAt, differences, findings, findingErrors } = proof
  return { verified_at: verifiedAt.toISOString(), differences, findings, finding_errors: findingErrors }
}
