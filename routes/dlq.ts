import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { DeadLetters } from '../src/dead-letters/index.ts'
import {
  filterShape,
  id,
  idParams,
  letterShape,
  mustReadPayloads,
  sampleShape,
  time,
  toFilter,
  toLetter,
} from './dlq-shapes.ts'
import { jsonTimes } from './json-times.ts'

export interface DeadLetterContext {
  readonly deadLetters: DeadLetters
}

const listShape = z.object({ items: z.array(letterShape), total: z.int(), next: z.int().nullable() })
const storyShape = z.object({
  events: z.array(
    z.object({
      event_id: z.uuid(),
      received_at: time,
      module: z.string(),
      event: z.string().nullable(),
      status: z.string(),
      outcome: z.string().nullable(),
      settled_at: time.nullable(),
      payload: z.string().nullable().optional().meta({ description: 'With `payload=true`; the first 64 KiB' }),
    }),
  ),
  queue: z.array(
    z.object({
      id: z.int(),
      status: z.string(),
      lane: z.string(),
      priority: z.int(),
      attempts: z.int(),
      outcome: z.string().nullable(),
      wait_reason: z.string().nullable(),
      error_code: z.string().nullable(),
      created_at: time,
      finished_at: time.nullable(),
    }),
  ),
  attempts: z.array(
    z.object({
      id: z.int(),
      queue_id: z.int().nullable(),
      run_id: z.int().nullable(),
      attempt: z.int(),
      outcome: z.string(),
      error_code: z.string().nullable(),
      error_message: z.string().nullable(),
      duration_ms: z.int().nullable(),
      created_at: time,
    }),
  ),
  row: z
    .object({
      table: z.string(),
      exists: z.boolean(),
      rows: z.int(),
      synced_at: time.nullable(),
      deleted_at: time.nullable(),
    })
    .nullable()
    .meta({ description: 'What the mirror holds of the record' }),
})
const groupShape = z.object({
  fingerprint: z.string(),
  error_code: z.string(),
  sentence: z.string().meta({ description: 'What happened, why it usually does, what to press' }),
  cause: z.object({ happened: z.string(), usual_cause: z.string(), action: z.string(), anchor: z.string() }),
  count: z.int(),
  entities: z.record(z.string(), z.int()),
  first_seen: time,
  last_seen: time,
  trend: z.object({
    last_hour: z.int(),
    hour_before: z.int(),
    hourly: z.array(z.int()).length(24).meta({ description: 'Letters that came, hour by hour, the newest last' }),
  }),
  samples: z.array(sampleShape.extend({ error_message: z.string() })),
  runbook: z.string(),
})

/** Failures that wait for a person, to be looked at: one by one, by cause, with their whole story. */
export const deadLetterRoutes: FastifyPluginAsyncZod<{ ctx: DeadLetterContext }> = async (app, { ctx }) => {
  const { deadLetters } = ctx

  app.get('/api/tds/dlq', {
    config: { scope: 'dlq:read' },
    schema: {
      tags: ['dead letters'],
      summary: 'Dead letters, newest first; `total` counts up to 10,000',
      querystring: z.object({
        limit: z.coerce.number().int().min(1).max(500).default(50),
        after: id.optional().meta({ description: '`next` of the page before' }),
        resolved: z.stringbool().optional(),
        ...filterShape,
      }),
      response: { 200: listShape },
    },
    handler: async (request) => {
      const { limit, after, resolved, ...filter } = request.query
      const page = await deadLetters.list({ ...toFilter(request, filter), resolved, limit, after })
      return { ...page, items: page.items.map(toLetter) }
    },
  })

  app.get('/api/tds/dlq/groups', {
    config: { scope: 'dlq:read' },
    schema: {
      tags: ['dead letters'],
      summary: 'Open dead letters by cause, the largest group first',
      querystring: z.object({
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.coerce.number().int().min(0).max(1_000_000).optional(),
      }),
      response: { 200: z.object({ items: z.array(groupShape), total: z.int(), next: z.int().nullable() }) },
    },
    handler: async ({ query }) => jsonTimes(await deadLetters.groups(query)),
  })

  app.get('/api/tds/dlq/:id', {
    config: { scope: 'dlq:read' },
    schema: {
      tags: ['dead letters'],
      summary: 'One dead letter and what happened to its record: events, queue, attempts, row',
      params: idParams,
      querystring: z.object({
        payload: z.stringbool().default(false).meta({ description: 'With what Zoho sent; needs payload:read' }),
      }),
      response: { 200: letterShape.extend({ story: storyShape }) },
    },
    handler: async (request) => {
      const { payload } = request.query
      if (payload) mustReadPayloads(request)
      const letter = await deadLetters.get(request.params.id)
      return { ...toLetter(letter), story: jsonTimes(await deadLetters.story(letter, { payload })) }
    },
  })
}
