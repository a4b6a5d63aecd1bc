import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Change, Pause } from '../src/pauses/index.ts'
import { jsonTimes } from './json-times.ts'

export const time = z.iso.datetime()
export const name = z.string().min(1).max(100)
export const id = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)
export const limit = z.coerce.number().int().min(1).max(500).default(50)
export const after = id.optional().meta({ description: '`next` of the page before' })
export const instant = z.iso.datetime({ offset: true })
export const mode = z.enum(['full', 'incremental', 'sweep', 'images', 'backfill'])
export const reason = z.string().trim().min(1).max(500).meta({ description: 'Why; kept in the audit trail' })
export const because = z.strictObject({ reason }).meta({ example: { reason: 'Zoho works on the price lists' } })

export const pauseShape = z.object({
  target: z
    .string()
    .meta({ description: '`zoho`, `runs:<mode or *>:<entity or *>`, `run:<id>` or `lane:<lane or *>`' }),
  kind: z.enum(['zoho', 'runs', 'run', 'lane']),
  mode: z.string().nullable(),
  entity_type: z.string().nullable(),
  run_id: z.int().nullable(),
  lane: z.string().nullable(),
  paused_at: time,
  paused_by: z.string(),
  reason: z.string(),
})
export const pausesShape = z.object({ items: z.array(pauseShape), total: z.int(), next: z.null() })

export const pauseExample = {
  target: 'runs:full:products',
  kind: 'runs' as const,
  mode: 'full',
  entity_type: 'products',
  run_id: null,
  lane: null,
  paused_at: '2026-01-31T08:00:00.000Z',
  paused_by: 'key bootstrap',
  reason: 'Zoho works on the price lists',
}

export const toPauses = (pauses: readonly Pause[]): z.output<typeof pausesShape> => ({
  items: jsonTimes(pauses),
  total: pauses.length,
  next: null,
})

/** Who asks, and why. The guard lets nobody here without a key. */
export const changeOf = ({ key, id: requestId }: FastifyRequest, why: string): Change => ({
  actor: `key ${key?.id ?? 'unknown'}`,
  reason: why,
  requestId,
})
