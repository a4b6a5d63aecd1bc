import { z } from 'zod'

const amount = z.number().min(0)

/** More than `warning` degrades, more than `critical` is unhealthy. */
const limit = (warning: number, critical: number) =>
  z.strictObject({ warning: amount.default(warning), critical: amount.default(critical) }).prefault({})

const rising = (warning: number, critical: number) =>
  limit(warning, critical).refine((given) => given.critical >= given.warning, {
    error: 'critical must not be below warning',
  })

/**
 * The limits health and alerts judge by, each a row `alerts.thresholds.<name>` of `tds_configuration`. A row
 * `alerts.thresholds` with several of them works too; a row of one's own comes before it.
 */
export const thresholdsSchema = z.object({
  /** Due items that are no part of bulk work; they count once the oldest has been due for `oldest_due_seconds`. */
  pending: rising(50, 200),
  oldest_due_seconds: rising(300, 3600),
  /** The longest attempt in hand. */
  processing_seconds: rising(900, 3600),
  failed: rising(10, 50),
  /** No attempt has ended for so long while something is due, or one pass of a worker's loop lasts so long. */
  stalled_seconds: rising(120, 600),
  dead_letter: rising(0, 20),
  /** A webhook that was kept and not looked at. */
  waiting_webhook_seconds: rising(60, 600),
  /** A webhook that lies in the spool though the database answers. */
  spool_seconds: rising(60, 600),
  /** Past the time at which the timetable had an entity due. */
  sync_delay_seconds: rising(1800, 7200),
  /** Seconds between complete runs, by entity; those not named have no due time of their own here. */
  sync_every_seconds: z.record(z.string(), z.number().positive()).default({ products: 600 }),
  /** A process that was silent for longer counts as dead. */
  heartbeat_seconds: z.number().positive().default(60),
  /** Without a process that leads. */
  no_leader_seconds: rising(120, 3600),
  /** Past the time at which the most frequent task of the timetable should have been fired. */
  firing_delay_seconds: rising(1800, 7200),
  /** Differences from Zoho that the last verify of an entity found. */
  drift: rising(0, 500),
  /** Contradictions among our own rows that the last verify of an entity found. */
  finding_errors: rising(0, 500),
  /** Since an entity was last proven equal to Zoho. */
  verified_seconds: rising(172_800, 604_800),
  /** Pictures that the rows name and the folder does not have. */
  images_missing: rising(0, 100),
  /** Percent of the pictures Zoho has that cannot be used. */
  images_failing_percent: rising(10, 50),
  /** Fewer of them say little about a percentage. */
  images_failing_least: z.number().int().positive().default(10),
  /** Between the clock of this process and that of the database or Zoho. */
  clock_skew_seconds: rising(5, 60),
  /** Used calls of the day. */
  day_quota_percent: amount.max(100).default(90),
  /** Less than it. */
  disk_free_percent: limit(5, 1).refine((given) => given.critical <= given.warning && given.warning <= 100, {
    error: 'critical must not be above warning, and neither above 100',
  }),
  /** Critical when no entity had a complete run for so long. */
  no_sync_seconds: z.number().positive().default(7200),
  /** Critical when incremental runs found so many edits of a day, or more, whose webhook never came. */
  missed_webhooks: z.number().int().positive().default(3),
  /** An hour of the week in which at least so many webhooks come on average must not pass without any. */
  webhook_busy_hour: z.number().positive().default(5),
  /** How often an open alert that nobody acknowledged is told again. */
  renotify_seconds: z
    .strictObject({ warning: z.number().min(60).default(14_400), critical: z.number().min(60).default(3600) })
    .prefault({}),
  /** How long a reason of health must last before the alert made of it opens. */
  health_alert_seconds: limit(300, 60),
  /** How long a condition must be over before its alert resolves by itself. */
  calm_seconds: amount.default(60),
})

export type Thresholds = z.output<typeof thresholdsSchema>

export const defaultThresholds: Thresholds = thresholdsSchema.parse({})

export type ThresholdName = keyof Thresholds

/**
 * The configured thresholds over the defaults; the defaults alone where a row cannot be read.
 * @param value of the row `alerts.thresholds`
 * @param own the rows `alerts.thresholds.<name>`, by name
 */
export function readThresholds(
  value: unknown,
  own: Readonly<Record<string, unknown>> = {},
): { readonly thresholds: Thresholds; readonly valid: boolean } {
  const common = z.record(z.string(), z.unknown()).safeParse(value ?? {})
  const result = thresholdsSchema.safeParse(common.success ? { ...common.data, ...own } : undefined)
  return result.success ? { thresholds: result.data, valid: true } : { thresholds: defaultThresholds, valid: false }
}
