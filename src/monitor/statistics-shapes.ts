import { z } from 'zod'

/** What the statistics answer; the routes serialise by these schemas, and the types come from them. */
const instant = z.iso.datetime().nullable()
const seconds = z.int().nullable()
const counts = z.record(z.string(), z.int())

const run = z.object({
  id: z.int(),
  mode: z.string(),
  status: z.string(),
  strategy: z
    .string()
    .nullable()
    .meta({ description: 'How the list was read: filter, fence (newest first down to the known) or list (all of it)' }),
  started_at: z.iso.datetime(),
  settled_at: instant,
  fetched: z.int(),
  written: z.int(),
  unchanged: z.int(),
  stale: z.int(),
  skipped: z.int(),
  failed: z.int(),
  error_code: z.string().nullable(),
})

const timing = z
  .object({ count: z.int(), p50_ms: z.int(), p95_ms: z.int(), p99_ms: z.int() })
  .nullable()
  .meta({ description: 'Over the last hour, from counters by powers of two; null where nothing was counted' })

const settled = {
  written: z.int(),
  unchanged: z.int(),
  stale: z.int(),
  skipped: z.int(),
  failed: z.int().meta({ description: 'Ended as dead letters' }),
}

const freshness = z
  .object({
    age_seconds: seconds.meta({
      description: 'Since the end of the last settled complete run; null if there was none',
    }),
    due_every_seconds: seconds.meta({ description: 'As the timetable plans it now; null where nothing is planned' }),
    late_seconds: seconds.meta({ description: 'Past its due time; 0 while it is in time' }),
  })
  .meta({ description: 'How old the entity may be in the mirror' })

const drift = z
  .object({
    verified_at: z.iso.datetime(),
    differences: z.int(),
    findings: z.int(),
    finding_errors: z.int(),
  })
  .nullable()
  .meta({ description: 'What the last verify found; null where none was made' })

export const entityStatisticsShape = z.object({
  rows: z
    .object({ live: z.int(), tombstoned: z.int(), exact: z.boolean() })
    .meta({ description: 'exact: false = an estimate, for tables too large to be counted for a page' }),
  last_24h: z.object({ ...settled, failed_attempts: z.int() }),
  last_run: run.nullable(),
  last_settled_at: instant,
  verified_through: instant,
  freshness,
  drift,
  last_webhook_at: instant.meta({ description: 'To the minute where a thousand newer webhooks came since' }),
  lag: timing.meta({ description: 'From webhook to row, over the last hour' }),
  waiting: timing.meta({ description: 'From the time an item was due to its claim, over the last hour' }),
  running: timing.meta({ description: 'From the claim to the end of the attempt, over the last hour' }),
  queue: z.object({ pending: z.int(), processing: z.int(), failed: z.int(), dead_letter: z.int() }),
})
export type EntityStatistics = z.output<typeof entityStatisticsShape>

const dayQuota = z.object({ limit: z.int(), used: z.int(), left: z.int().nullable(), resets_at: instant })

const backfill = z
  .object({
    pending: z.int(),
    share_per_day: z.int().meta({ description: 'Documents a day, from tomorrow on' }),
    allowed_now: z.int().meta({ description: 'Documents that may be read in the next ten minutes' }),
    finish_date: z.iso.date().nullable().meta({ description: 'Null when none is pending' }),
  })
  .meta({ description: 'Documents behind list rows that are still to be read' })

const plannedTask = z.object({
  task: z.string(),
  entity: z.string().nullable(),
  mode: z.string(),
  calls: z.int().meta({ description: 'Of one run' }),
  runs_a_day: z.number(),
  every_seconds: z.int().meta({ description: 'As planned now: longer where the day has too few calls' }),
  fits: z.boolean().meta({ description: 'Whether it runs as often as the timetable says' }),
})

const outcomes = z.object({
  received: z.int(),
  duplicate: z.int(),
  promoted: z.int(),
  parked: z.int(),
  refused: z.int(),
})

export const statisticsShape = z.object({
  time: z.iso.datetime(),
  counted_at: z.iso.datetime().meta({ description: 'When rows, images, timings and calls were counted' }),
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  last_24h: z.object({
    ...settled,
    success_rate: z.number().meta({ description: 'Percent of settled items that did not fail; 100 when none settled' }),
  }),
  pauses: z.array(z.string()).meta({ description: 'What people hold back: what, who, since when and why' }),
  queue: z.object({
    pending: z.int(),
    processing: z.int(),
    failed: z.int(),
    dead_letter: z.int(),
    due: z.int(),
    oldest_due_seconds: seconds,
    oldest_processing_seconds: seconds,
    oldest_seconds: z
      .object({ pending: seconds, processing: seconds, failed: seconds, dead_letter: seconds })
      .meta({ description: 'Since the oldest item of each state was made' }),
    stuck: z.int().meta({ description: 'Attempts in hand for longer than `processing_seconds` of the thresholds' }),
    by_wait_reason: counts,
    waiting: timing,
    running: timing,
  }),
  entities: z.record(z.string(), entityStatisticsShape),
  images: z.object({
    by_status: counts,
    products: z.int(),
    products_with_images: z.int(),
    coverage_percent: z.number().nullable(),
  }),
  webhooks: z.object({
    last_at: instant,
    oldest_waiting_seconds: seconds,
    last_by_module: z.record(z.string(), z.iso.datetime()),
    last_minute: outcomes.meta({ description: 'Of the last whole minute' }),
    last_24h: outcomes,
    refused_24h: counts.meta({ description: 'Refused webhooks by reason, such as a wrong signature' }),
    missed_24h: z.int().meta({ description: 'Edits that incremental runs found and no webhook told of' }),
    lag: timing,
  }),
  healing: z.object({
    healed_24h: counts.meta({ description: 'Repaired without a person, by action; GET /api/tds/healing says more' }),
  }),
  zoho: z.object({
    calls: z.object({
      minute: counts.meta({ description: 'Started in the last 60 seconds, by purpose' }),
      day: counts.meta({ description: 'Ended in the last 24 hours, by purpose' }),
    }),
    minute: z.object({ ceiling: z.int(), held: z.int(), left: z.int() }),
    day: z.record(z.string(), dayQuota),
  }),
  backfill: z.record(z.string(), backfill),
  timetable: z.array(plannedTask),
})
export type Statistics = z.output<typeof statisticsShape>

/** What the planner of the day's calls says, as far as the statistics show it. */
export interface ReadingPlan {
  readonly entities: readonly ({ readonly entity: string } & Readonly<z.output<typeof backfill>>)[]
  readonly timetable: readonly Readonly<z.output<typeof plannedTask>>[]
}

export const historyShape = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  step_seconds: z.int().meta({ description: '60, 600, 3600, 21600 or 86400, by the length and age of the range' }),
  points: z.array(z.object({ at: z.iso.datetime(), values: counts })).meta({
    description:
      'Steps in which something was counted, oldest first. Counters are sums of the step; gauges (queue_…, alerts_open, …) its highest sample; wait_, run_ and lag_ percentiles in milliseconds',
  }),
})
export type History = z.output<typeof historyShape>
