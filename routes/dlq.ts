import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { inputError } from '../src/errors.ts'
import type { DeadLetter, DeadLetters } from '../src/queue/index.ts'

export interface DeadLetterContext {
  readonly deadLetters: DeadLetters
}

const time = z.iso.datetime()
const letterShape = z.object({
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
const listShape = z.object({ items: z.array(letterShape), total: z.int(), next: z.int().nullable() })
const requeueAnswer = z.object({
  count: z.int().meta({ description: 'Open letters chosen' }),
  batch_id: z.uuid().nullable().meta({ description: 'null: nothing was requeued' }),
  samples: z.array(letterShape.pick({ id: true, entity_type: true, source_entity_id: true, error_code: true })),
})
const id = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)
const idParams = z.object({ id })
const reason = z.string().trim().min(1).max(500)
const name = z.string().min(1).max(100)
const choice = z.strictObject({
  ids: z.array(id).min(1).max(1000).optional(),
  filter: z.strictObject({ entity_type: name.optional(), error_code: name.optional() }).optional(),
  dry_run: z.boolean().default(false).meta({ description: 'Only count and show samples' }),
  reason: reason.meta({ description: 'Why; kept in the audit trail' }),
})

/** Failures that wait for a person: look, read again from Zoho, or close with a note. */
export const deadLetterRoutes: FastifyPluginAsyncZod<{ ctx: DeadLetterContext }> = async (app, { ctx }) => {
  const { deadLetters } = ctx

  app.get('/api/tds/dlq', {
    config: { scope: 'dlq:read' },
    schema: {
      tags: ['dead letters'],
      summary: 'Dead letters, newest first',
      querystring: z.object({
        limit: z.coerce.number().int().min(1).max(500).default(50),
        after: id.optional().meta({ description: '`next` of the page before' }),
        resolved: z.stringbool().optional(),
        entity_type: name.optional(),
        error_code: name.optional(),
      }),
      response: { 200: listShape },
    },
    handler: async ({ query }) => {
      const { items, total, next } = await deadLetters.list(query)
      return { items: items.map(toLetter), total, next }
    },
  })

  app.get('/api/tds/dlq/:id', {
    config: { scope: 'dlq:read' },
    schema: { tags: ['dead letters'], summary: 'One dead letter', params: idParams, response: { 200: letterShape } },
    handler: async ({ params }) => toLetter(await deadLetters.get(params.id)),
  })

  app.post('/api/tds/dlq/requeue', {
    config: { scope: 'dlq:write' },
    schema: {
      tags: ['dead letters'],
      summary: 'Reads the records of many letters again from Zoho; previews with dry_run',
      body: choice.refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), {
        error: 'name either ids or a filter',
      }),
      response: { 200: requeueAnswer },
    },
    handler: async (request) => {
      const { ids, filter, dry_run, reason } = request.body
      return answer(await deadLetters.requeue({ ids, filter, dryRun: dry_run, reason, actor: actorOf(request) }))
    },
  })

  app.post('/api/tds/dlq/:id/requeue', {
    config: { scope: 'dlq:write' },
    schema: {
      tags: ['dead letters'],
      summary: 'Reads the record of one letter again from Zoho',
      params: idParams,
      body: z.strictObject({ reason: reason.optional() }).nullish(),
      response: { 200: requeueAnswer },
    },
    handler: async (request) => {
      const { params, body } = request
      const reason = body?.reason ?? 'requeued by hand'
      const chosen = { ids: [params.id], dryRun: false, reason, actor: actorOf(request) }
      const requeued = await deadLetters.requeue(chosen)
      if (requeued.count === 0) throw inputError('DLQ_NOT_OPEN', `There is no open dead letter ${params.id}`, 404)
      return answer(requeued)
    },
  })

  app.post('/api/tds/dlq/:id/resolve', {
    config: { scope: 'dlq:write' },
    schema: {
      tags: ['dead letters'],
      summary: 'Closes one letter without reading its record again',
      params: idParams,
      body: z.strictObject({ note: reason.meta({ description: 'Why; kept with the letter' }) }),
      response: { 200: letterShape },
    },
    handler: async (request) => {
      const { params, body } = request
      await deadLetters.resolve(params.id, { note: body.note, actor: actorOf(request) })
      return toLetter(await deadLetters.get(params.id))
    },
  })
}

/** The guard lets nobody here without a key. */
const actorOf = ({ key }: FastifyRequest): string => `key ${key?.id ?? 'unknown'}`

const answer = ({ count, batch_id, samples }: Awaited<ReturnType<DeadLetters['requeue']>>) => ({
  count,
  batch_id,
  samples: [...samples],
})

function toLetter(letter: DeadLetter): z.output<typeof letterShape> {
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
