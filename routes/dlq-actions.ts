import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type Batch, stateOf } from '../src/dead-letters/index.ts'
import { inputError } from '../src/errors.ts'
import type { DeadLetterContext } from './dlq.ts'
import {
  actorOf,
  choiceShape,
  idParams,
  isOneChoice,
  letterShape,
  oneChoice,
  reason,
  sampleShape,
  time,
  toFilter,
  toLetter,
} from './dlq-shapes.ts'
import { jsonTimes } from './json-times.ts'

const state = z.enum(['preview', 'running', 'done', 'cancelled'])
const requeueAnswer = z.object({
  count: z.int().meta({ description: 'Open letters chosen' }),
  batch_id: z.uuid().nullable().meta({ description: 'null: nothing was requeued' }),
  samples: z.array(sampleShape),
  frozen_at: time.meta({ description: 'When the set was frozen' }),
  preview_id: z.uuid().optional().meta({ description: 'Of a dry run: confirms exactly this set, within a day' }),
  estimate: z
    .object({
      calls: z.int().meta({ description: 'To Zoho' }),
      minutes: z.int().nullable().meta({ description: 'null: nothing can be called now, see `notes`' }),
      by_entity: z.array(z.object({ entity_type: z.string(), records: z.int(), calls: z.int() })),
      notes: z.array(z.string()),
    })
    .optional(),
  arrived_since: z.int().optional().meta({ description: 'Letters of the same kind that came later and are left out' }),
  state: state.optional(),
})
const batchShape = z.object({
  id: z.uuid(),
  state,
  filter: z.unknown(),
  frozen_at: time,
  total: z.int(),
  done: z.int(),
  requeued: z.int().meta({ description: 'Without those that were closed in the meantime' }),
  actor: z.string(),
  reason: z.string(),
  created_at: time,
  confirmed_at: time.nullable(),
  finished_at: time.nullable(),
  cancelled_at: time.nullable(),
  cancelled_by: z.string().nullable(),
})
const batchParams = z.object({ id: z.uuid() })
const requeueBody = z.strictObject({
  ...choiceShape,
  batch_id: z.uuid().optional().meta({ description: 'Your own; the same id again answers and does nothing' }),
  dry_run: z.boolean().default(false).meta({ description: 'Only freeze, count, show samples and what it would cost' }),
  reason: reason.meta({ description: 'Why; kept in the audit trail' }),
})
const resolveBody = z.strictObject({
  ...choiceShape,
  dry_run: z.boolean().default(false),
  note: reason.meta({ description: 'Why; kept with each letter' }),
})

/** What can be done about dead letters: read again from Zoho, or closed with a note. */
export const deadLetterActionRoutes: FastifyPluginAsyncZod<{ ctx: DeadLetterContext }> = async (app, { ctx }) => {
  await app.register(requeueRoutes, { ctx })
  await app.register(resolveRoutes, { ctx })
  await app.register(batchRoutes, { ctx })
}

const requeueRoutes: FastifyPluginAsyncZod<{ ctx: DeadLetterContext }> = async (app, { ctx: { deadLetters } }) => {
  app.post('/api/tds/dlq/requeue', {
    config: { scope: 'dlq:write' },
    schema: {
      tags: ['dead letters'],
      summary: 'Reads the records of many letters again from Zoho; previews with dry_run',
      body: requeueBody.refine(isOneChoice, oneChoice),
      response: { 200: requeueAnswer },
    },
    handler: async (request) => {
      const { ids, filter, preview_id, batch_id, dry_run, reason } = request.body
      const answer = await deadLetters.requeue({
        ids,
        filter: filter && toFilter(request, filter),
        previewId: preview_id,
        batchId: batch_id,
        dryRun: dry_run,
        reason,
        actor: actorOf(request),
      })
      return jsonTimes(answer)
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
      return jsonTimes(requeued)
    },
  })
}

const resolveRoutes: FastifyPluginAsyncZod<{ ctx: DeadLetterContext }> = async (app, { ctx: { deadLetters } }) => {
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

  app.post('/api/tds/dlq/resolve', {
    config: { scope: 'dlq:write' },
    schema: {
      tags: ['dead letters'],
      summary: 'Closes many letters without reading their records again',
      body: resolveBody.refine(isOneChoice, oneChoice),
      response: { 200: z.object({ count: z.int(), samples: z.array(sampleShape) }) },
    },
    handler: async (request) => {
      const { ids, filter, preview_id, dry_run, note } = request.body
      const chosen = { ids, filter: filter && toFilter(request, filter), previewId: preview_id }
      return jsonTimes(await deadLetters.resolveMany({ ...chosen, dryRun: dry_run, note, actor: actorOf(request) }))
    },
  })
}

const batchRoutes: FastifyPluginAsyncZod<{ ctx: DeadLetterContext }> = async (app, { ctx: { deadLetters } }) => {
  app.get('/api/tds/dlq/batches/:id', {
    config: { scope: 'dlq:read' },
    schema: {
      tags: ['dead letters'],
      summary: 'How far a requeue is',
      params: batchParams,
      response: { 200: batchShape },
    },
    handler: async ({ params }) => toBatch(await deadLetters.batches.get(params.id)),
  })

  app.post('/api/tds/dlq/batches/:id/cancel', {
    config: { scope: 'dlq:write' },
    schema: {
      tags: ['dead letters'],
      summary: 'Ends a requeue; what was requeued stays so',
      params: batchParams,
      body: z.strictObject({ reason }),
      response: { 200: batchShape },
    },
    handler: async (request) => {
      const author = { actor: actorOf(request), reason: request.body.reason }
      return toBatch(await deadLetters.batches.cancel(request.params.id, author))
    },
  })
}

const toBatch = (batch: Batch) => jsonTimes({ ...batch, state: stateOf(batch) })
