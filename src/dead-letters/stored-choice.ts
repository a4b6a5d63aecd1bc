import { z } from 'zod'
import type { Choice } from './types.ts'

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
const stored = z.object({
  ids: z.array(z.number()).optional(),
  entity_type: z.string().optional(),
  source_entity_id: z.string().optional(),
  sku: z.string().optional(),
  error_code: z.string().optional(),
  error: z.string().optional(),
  fingerprint: z.string().optional(),
  from: time.optional(),
  to: time.optional(),
  payload: z.string().optional(),
})

/** The choice of a batch, as it was stored with it. */
export function readChoice(filter: unknown): Choice {
  const { ids, ...rest } = stored.parse(filter)
  return ids ? { ids } : { filter: rest }
}
