import { z } from 'zod'

/** More than `warning` degrades, more than `critical` is unhealthy. */
const limit = (warning: number, critical: number) =>
  z.object({ warning: z.number().default(warning), critical: z.number().default(critical) }).prefault({})

/** The limits health and alerts judge by: `alerts.thresholds` in `tds_configuration`, where a part may be given. */
const thresholdsSchema = z.object({
  /** Due items that are no part of bulk work; they count once the oldest has been due for `oldest_due_seconds`. */
  pending: limit(50, 200),
  oldest_due_seconds: limit(300, 3600),
  /** The longest attempt in hand. */
  processing_seconds: limit(900, 3600),
  failed: limit(10, 50),
  dead_letter: limit(0, 20),
  /** A webhook that was kept and not looked at. */
  waiting_webhook_seconds: limit(60, 600),
  /** Past the time at which the timetable had an entity due. */
  sync_delay_seconds: limit(1800, 7200),
  /** Seconds between complete runs, by entity; those not named have no due time of their own here. */
  sync_every_seconds: z.record(z.string(), z.number().positive()).default({ products: 600 }),
  /** A process that was silent for longer counts as dead. */
  heartbeat_seconds: z.number().positive().default(60),
  day_quota_percent: z.number().default(90),
  /** Less than it. */
  disk_free_percent: limit(5, 1),
})

export type Thresholds = z.output<typeof thresholdsSchema>

export const defaultThresholds: Thresholds = thresholdsSchema.parse({})

/** The configured thresholds over the defaults; the defaults alone where the row cannot be read. */
export function readThresholds(value: unknown): { readonly thresholds: Thresholds; readonly valid: boolean } {
  const result = thresholdsSchema.safeParse(value ?? {})
  return result.success ? { thresholds: result.data, valid: true } : { thresholds: defaultThresholds, valid: false }
}
