import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { DeadLetter, DeadLetterFilter } from '../src/dead-letters/index.ts'
import { inputError } from '../src/errors.ts'

export const time = z.iso.datetime()
export const letterShape = z.object({
  id: z.int(),
  entity_type: z.string(),
  source_entity_id: z.string(),
  error_code: z.string(),
  error_message: z.string(),
  fingerprint: z.string().meta({ description: 'Equal for letters of one cause' }),
  attempts: z.int(),
  resolved: z.boolean(),
  resolved_at: time.nullable(),
  resolved_by: z.string().nullable(),
  resolution_note: z.string().nullable(),
  requeued_at: time.nullable(),
  created_at: time,
})
export const sampleShape = letterShape.pick({ id: true, entity_type: true, source_entity_id: true, error_code: true })

export const id = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)
export const idParams = z.object({ id })
export const reason = z.string().trim().min(1).max(500)
const name = z.string().min(1).max(100)
const text = z.string().min(1).max(200)
const instant = z.iso.datetime({ offset: true })

/** What letters may be chosen by. */
export const filterShape = {
  entity_type: name.optional(),
  source_entity_id: name.optional().meta({ description: "The record's Zoho id" }),
  sku: z.string().min(1).max(120).optional().meta({ description: 'Records of the products with this SKU' }),
  error_code: name.optional(),
  error: text.optional().meta({ description: "A part of the error's words" }),
  fingerprint: text.optional().meta({ description: 'Of a failure group' }),
  from: instant.optional().meta({ description: 'Created at or after' }),
  to: instant.optional().meta({ description: 'Created before' }),
  payload: text.optional().meta({ description: 'A part of what a webhook of the record sent; needs payload:read' }),
}
export const filterBody = z.strictObject(filterShape)

/** The ways to choose letters; exactly one is named. */
export const choiceShape = {
  ids: z.array(id).min(1).max(1000).optional(),
  filter: filterBody.optional(),
  preview_id: z.uuid().optional().meta({ description: 'Of a dry run: exactly the letters it counted' }),
}
export const isOneChoice = ({ ids, filter, preview_id }: Readonly<Record<string, unknown>>): boolean =>
  [ids, filter, preview_id].filter((each) => each !== undefined).length === 1
export const oneChoice = { error: 'name either ids or a filter, or a preview_id' }

/** @throws TdsError `SCOPE_MISSING`: looking for words in bodies is reading them */
export function toFilter(request: FastifyRequest, filter: z.output<typeof filterBody>): DeadLetterFilter {
  if (filter.payload !== undefined) mustReadPayloads(request)
  const { from, to } = filter
  return { ...filter, from: from ? new Date(from) : undefined, to: to ? new Date(to) : undefined }
}

export function mustReadPayloads({ key }: FastifyRequest): void {
  if (key?.scopes.includes('payload:read')) return
  throw inputError('SCOPE_MISSING', 'Payloads need a key with the scope payload:read', 403)
}

/** The guard lets nobody here without a key. */
export const actorOf = ({ key }: FastifyRequest): string => `key ${key?.id ?? 'unknown'}`

export function toLetter(letter: DeadLetter): z.output<typeof letterShape> {
  const { resolved_at, requeued_at, created_at } = letter
  return {
    id: letter.id,
    entity_type: letter.entity_type,
    source_entity_id: letter.source_entity_id,
    error_code: letter.error_code,
    error_message: letter.error_message,
    fingerprint: letter.fingerprint,
    attempts: letter.attempts,
    resolved: letter.resolved,
    resolved_at: resolved_at?.toISOString() ?? null,
    resolved_by: letter.resolved_by,
    resolution_note: letter.resolution_note,
    requeued_at: requeued_at?.toISOString() ?? null,
    created_at: created_at.toISOString(),
  }
}
