import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { jsonTimes } from './json-times.ts'
import type { VerifyContext } from './verify.ts'
import { exampleId, reason, repairAnswer, repairShape, runParams } from './verify-shapes.ts'

const batchId = '019a1f00-0000-7000-8000-000000000002'
const frozenAt = '2026-01-31T05:05:00.000Z'
const sample = { entity_type: 'products', source_entity_id: '460000000012345', kind: 'fields' }
const answerExample = { count: 1, batch_id: batchId, samples: [sample], frozen_at: frozenAt, state: 'done' as const }
const repairExample: z.input<typeof repairShape> = {
  id: batchId,
  run_id: exampleId,
  state: 'done',
  total: 1,
  done: 1,
  actor: 'key bootstrap',
  reason: 'drift of the night',
  created_at: frozenAt,
  confirmed_at: frozenAt,
  finished_at: frozenAt,
  cancelled_at: null,
  cancelled_by: null,
}
const repairParams = z.object({ id: z.uuid().meta({ description: 'Of the repair', example: batchId }) })
const body = z
  .strictObject({
    dry_run: z
      .boolean()
      .default(false)
      .meta({ description: 'Only freeze, count, show samples and what it would cost' }),
    preview_id: z.uuid().optional().meta({ description: 'Of a dry run: exactly the records it counted' }),
    batch_id: z.uuid().optional().meta({ description: 'Your own; the same id again answers and does nothing' }),
    reason: reason.optional().meta({ description: 'Why; needed to confirm' }),
  })
  .refine(({ preview_id, batch_id }) => preview_id === undefined || batch_id === undefined, {
    error: 'a preview has its id already; name either preview_id or batch_id',
  })
  .refine(({ dry_run, reason }) => dry_run || reason !== undefined, { error: 'is needed to confirm', path: ['reason'] })
  .meta({ example: { dry_run: true } })

/** What a comparison found different, read again: previewed, confirmed, watched, ended. */
export const verifyRepairRoutes: FastifyPluginAsyncZod<{ ctx: VerifyContext }> = async (app, { ctx }) => {
  const { repairs } = ctx.verifications

  app.post('/api/tds/verify/:id/repair', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['verify'],
      summary: 'Reads again from Zoho what a comparison found different; previews with dry_run',
      description:
        'The set holds every record that differed, the parents that rows name and that are not here, and records whose rows lost their link. Large sets go on in the background.',
      params: runParams,
      body,
      response: { 200: repairAnswer.meta({ example: answerExample }) },
    },
    handler: async ({ params, body, key, id: requestId }) => {
      const { dry_run, preview_id, batch_id, reason = 'preview' } = body
      const answer = await repairs.request({
        runId: params.id,
        previewId: preview_id,
        batchId: batch_id,
        dryRun: dry_run,
        reason,
        actor: `key ${key?.id ?? 'unknown'}`,
        requestId,
      })
      return jsonTimes(answer)
    },
  })

  app.get('/api/tds/verify/repairs/:id', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['verify'],
      summary: 'How far a repair is',
      params: repairParams,
      response: { 200: repairShape.meta({ example: repairExample }) },
    },
    handler: async ({ params }) => jsonTimes(await repairs.get(params.id)),
  })

  app.post('/api/tds/verify/repairs/:id/cancel', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['verify'],
      summary: 'Ends a repair; what was enqueued stays so',
      params: repairParams,
      body: z.strictObject({ reason }).meta({ example: { reason: 'the wrong comparison' } }),
      response: { 200: repairShape.meta({ example: { ...repairExample, state: 'cancelled' } }) },
    },
    handler: async ({ params, body, key, id: requestId }) =>
      jsonTimes(
        await repairs.cancel(params.id, { actor: `key ${key?.id ?? 'unknown'}`, reason: body.reason, requestId }),
      ),
  })
}
