import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { lanes } from '../src/pauses/index.ts'
import type { QueueDesk } from '../src/queue/index.ts'
import { after, changeOf, id, limit, name, pauseExample, pauseShape, reason, time } from './control-shapes.ts'
import { jsonTimes } from './json-times.ts'

export interface QueueContext {
  readonly queue: QueueDesk
}

const lane = z.enum(lanes)
const itemShape = z.object({
  id: z.int(),
  entity_type: z.string(),
  source_entity_id: z.string(),
  status: z.enum(['pending', 'processing', 'failed']),
  lane,
  priority: z.int(),
  is_bulk: z.boolean(),
  attempts: z.int(),
  run_id: z.int().nullable(),
  run_at: time.meta({ description: 'Not before then' }),
  next_retry_at: time.nullable(),
  wait_reason: z.string().nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  created_at: time,
  claimed_at: time.nullable(),
})
const depthShape = z.object({
  pending: z.int(),
  processing: z.int(),
  failed: z.int(),
  dead_letter: z.int(),
  due: z.int(),
  oldest_due_seconds: z.int().nullable(),
  oldest_processing_seconds: z.int().nullable(),
  by_wait_reason: z.record(z.string(), z.int()),
})
const listShape = z.object({
  items: z.array(itemShape),
  total: z.int(),
  next: z.int().nullable(),
  depth: depthShape,
  pauses: z.array(pauseShape),
})
const example = {
  items: [
    {
      id: 901,
      entity_type: 'invoices',
      source_entity_id: '460000000026049',
      status: 'failed' as const,
      lane: 'read' as const,
      priority: 1,
      is_bulk: false,
      attempts: 2,
      run_id: null,
      run_at: '2026-01-31T08:00:04.000Z',
      next_retry_at: '2026-01-31T08:00:04.000Z',
      wait_reason: null,
      error_code: 'ZOHO_SERVER',
      error_message: 'Zoho answered with a server error',
      created_at: '2026-01-31T08:00:00.000Z',
      claimed_at: '2026-01-31T08:00:01.000Z',
    },
  ],
  total: 1,
  next: null,
  depth: {
    pending: 0,
    processing: 0,
    failed: 1,
    dead_letter: 0,
    due: 0,
    oldest_due_seconds: null,
    oldest_processing_seconds: null,
    by_wait_reason: {},
  },
  pauses: [],
}
const laneBody = z
  .strictObject({ lane: lane.optional().meta({ description: 'Without: all lanes' }), reason })
  .meta({ example: { lane: 'image', reason: 'the disk is being replaced' } })
const lanePause = {
  ...pauseExample,
  target: 'lane:image',
  kind: 'lane' as const,
  mode: null,
  entity_type: null,
  lane: 'image',
}

/** Work that is not finished, and holding it. */
export const queueRoutes: FastifyPluginAsyncZod<{ ctx: QueueContext }> = async (app, { ctx: { queue } }) => {
  app.get('/api/tds/queue', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['queue'],
      summary: 'Unfinished items, oldest first, with the depth of the queue; `total` counts up to 10,000',
      querystring: z.object({
        limit,
        after,
        entity: name.optional(),
        status: itemShape.shape.status.optional(),
        source_entity_id: name.optional().meta({ description: "The record's Zoho id" }),
        wait_reason: name.optional(),
        lane: lane.optional(),
        run_id: id.optional(),
      }),
      response: { 200: listShape.meta({ example }) },
    },
    handler: async ({ query: { entity, ...query } }) => {
      const [page, depth, pauses] = await Promise.all([
        queue.list({ ...query, entity_type: entity }),
        queue.depth(),
        queue.pauses(),
      ])
      return jsonTimes({ ...page, depth, pauses })
    },
  })

  app.post('/api/tds/queue/pause', {
    config: { scope: 'queue:control' },
    schema: {
      tags: ['queue'],
      summary: 'Lets one lane, or all, begin nothing more',
      description: 'What is in work ends; what waits stays due and counts as such. It lasts over restarts.',
      body: laneBody,
      response: { 200: pauseShape.meta({ example: lanePause }) },
    },
    handler: async (request) => jsonTimes(await queue.pause(request.body.lane, changeOf(request, request.body.reason))),
  })

  app.post('/api/tds/queue/resume', {
    config: { scope: 'queue:control' },
    schema: {
      tags: ['queue'],
      summary: 'Ends the pause of one lane, or that of all',
      body: laneBody,
      response: {
        200: z
          .object({ resumed: z.literal(true), target: z.string() })
          .meta({ example: { resumed: true, target: 'lane:image' } }),
      },
    },
    handler: async (request) => {
      const { lane, reason } = request.body
      await queue.resume(lane, changeOf(request, reason))
      return { resumed: true as const, target: `lane:${lane ?? '*'}` }
    },
  })
}
