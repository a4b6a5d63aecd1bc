import { z } from 'zod'
import { checkNames } from './reason.ts'

/** What health answers; the routes serialise by these schemas, and the types come from them. */
const count = z.int().nullable()
const instant = z.iso.datetime().nullable()

export const healthShape = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  queue: z.object({ pending: count, processing: count, failed: count, dead_letter: count }),
  last_sync: z.record(z.string(), instant).meta({ description: 'End of the last settled complete run, by entity' }),
  stats: z.object({
    total_synced_24h: count.meta({ description: 'Rows written' }),
    success_rate: z.number().nullable().meta({ description: 'Percent of settled items that did not fail' }),
  }),
})
export type Health = z.output<typeof healthShape>

const reason = z.object({
  code: z.string(),
  severity: z.enum(['degraded', 'unhealthy']),
  check: z.enum(checkNames),
  words: z.string(),
  runbook: z.string(),
})
const check = z.object({ status: z.enum(['pass', 'warn', 'fail']) })

export const detailedHealthShape = healthShape.extend({
  version: z.string(),
  time: z.iso.datetime(),
  reasons: z.array(reason).meta({ description: 'Why the status is what it is, worst first' }),
  summary: z
    .record(z.string(), z.union([z.number(), z.string(), z.null()]))
    .meta({ description: 'Flat figures for monitors' }),
  checks: z.partialRecord(z.enum(checkNames), check),
})
export type DetailedHealth = z.output<typeof detailedHealthShape>

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

export const entityStatisticsShape = z.object({
  rows: z
    .object({ live: z.int(), tombstoned: z.int(), exact: z.boolean() })
    .meta({ description: 'exact: false = an estimate, for tables too large to be counted for a page' }),
  last_24h: z.object({
    written: z.int(),
    unchanged: z.int(),
    stale: z.int(),
    skipped: z.int(),
    failed: z.int(),
    failed_attempts: z.int(),
  }),
  last_run: run.nullable(),
  last_settled_at: instant,
  verified_through: instant,
  last_webhook_at: instant.meta({ description: 'To the minute where a thousand newer webhooks came since' }),
  lag: z
    .object({ events: z.int(), p50_ms: z.int(), p95_ms: z.int() })
    .nullable()
    .meta({ description: 'From webhook to row, over the last hour' }),
})
export type EntityStatistics = z.output<typeof entityStatisticsShape>

const callsByPurpose = z.record(z.string(), z.int())
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

export const statisticsShape = z.object({
  time: z.iso.datetime(),
  counted_at: z.iso.datetime().meta({ description: 'When rows, images, lags and calls were counted' }),
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  queue: z.object({
    pending: z.int(),
    processing: z.int(),
    failed: z.int(),
    dead_letter: z.int(),
    due: z.int(),
    oldest_due_seconds: z.int().nullable(),
    oldest_processing_seconds: z.int().nullable(),
    by_wait_reason: z.record(z.string(), z.int()),
  }),
  entities: z.record(z.string(), entityStatisticsShape),
  images: z.object({
    by_status: z.record(z.string(), z.int()),
    products: z.int(),
    products_with_images: z.int(),
    coverage_percent: z.number().nullable(),
  }),
  webhooks: z.object({
    last_at: instant,
    oldest_waiting_seconds: z.int().nullable(),
    last_by_module: z.record(z.string(), z.iso.datetime()),
  }),
  zoho: z.object({
    calls: z.object({ minute: callsByPurpose, day: callsByPurpose }),
    minute: z.object({ ceiling: z.int(), held: z.int() }),
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
  step_seconds: z.int(),
  points: z
    .array(z.object({ at: z.iso.datetime(), values: z.record(z.string(), z.int()) }))
    .meta({ description: 'Minutes in which something was counted, oldest first' }),
})
export type History = z.output<typeof historyShape>
