import { z } from 'zod'
import { checkNames } from './reason-catalogue.ts'

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
