import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { inputError } from '../src/errors.ts'
import type { EventDetail, Inbox, InboxEvent } from '../src/inbox/index.ts'
import { eventReplayRoutes } from './events-replay.ts'

export interface EventsContext {
  readonly inbox: Pick<Inbox, 'events'>
}

const time = z.iso.datetime()
const event = z.object({
  event_id: z.uuid(),
  received_at: time,
  module: z.string(),
  event: z.string().nullable(),
  method: z.string(),
  status: z.enum(['received', 'promoted', 'duplicate', 'parked']),
  reason: z.string().nullable(),
  idempotency_key: z.string(),
  duplicate_of: z.uuid().nullable(),
  entity_type: z.string().nullable(),
  source_entity_id: z.string().nullable(),
  outcome: z.string().nullable(),
  settled_at: time.nullable(),
})
const payload = z.object({
  bytes: z.int(),
  sha256: z.string(),
  content_type: z.string().nullable(),
  headers: z.unknown(),
  query: z.unknown(),
  source_address: z.string().nullable(),
  auth_method: z.string(),
  request_id: z.string().nullable(),
  body: z.string(),
  encoding: z.enum(['utf8', 'base64']),
  truncated: z.boolean(),
})
const list = z.object({ items: z.array(event), total: z.int(), next: z.uuid().nullable() })
const eventId = z.object({ id: z.uuid() })

/** The inbox as operators see it: what Zoho sent and what became of it. */
export const eventRoutes: FastifyPluginAsyncZod<{ ctx: EventsContext }> = async (app, { ctx }) => {
  const { events } = ctx.inbox

  app.get('/api/tds/events', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['events'],
      summary: 'Webhooks received, newest first',
      querystring: z.object({
        status: z.enum(['received', 'promoted', 'duplicate', 'parked']).optional(),
        module: z.string().max(64).optional(),
        since: z.iso.datetime({ offset: true }).optional().meta({ description: 'Received at or after' }),
        until: z.iso.datetime({ offset: true }).optional().meta({ description: 'Received before' }),
        entity_type: z.string().max(100).optional(),
        entity_id: z.string().max(100).optional().meta({ description: 'The Zoho id of the record it names' }),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.uuid().optional().meta({ description: '`next` of the page before' }),
      }),
      response: { 200: list },
    },
    handler: async ({ query: { status, module, since, until, entity_type, entity_id, after, limit } }) => {
      const page = await events.list({
        limit,
        ...(status && { status }),
        ...(module && { module }),
        ...(since && { since: new Date(since) }),
        ...(until && { until: new Date(until) }),
        ...(entity_type && { entityType: entity_type }),
        ...(entity_id && { sourceEntityId: entity_id }),
        ...(after && { after }),
      })
      return { ...page, items: page.items.map(toEvent) }
    },
  })

  await app.register(eventReplayRoutes, { ctx })

  app.get('/api/tds/events/:id', {
    config: { scope: 'payload:read' },
    schema: {
      tags: ['events'],
      summary: 'One webhook with what Zoho sent',
      params: eventId,
      querystring: z.object({
        whole: z.stringbool().default(false).meta({ description: 'All of the body; the first 64 KiB without' }),
      }),
      response: { 200: event.extend({ payload: payload.nullable() }) },
    },
    handler: async ({ params: { id }, query: { whole } }) => {
      const found = await events.find(id, { whole })
      if (!found) throw inputError('EVENT_NOT_FOUND', `There is no event ${id}`, 404)
      return { ...toEvent(found), payload: found.payload }
    },
  })
}

function toEvent(row: InboxEvent | EventDetail): z.output<typeof event> {
  const { received_at, settled_at, ...rest } = row
  return {
    event_id: rest.event_id,
    module: rest.module,
    event: rest.event,
    method: rest.method,
    status: rest.status,
    reason: rest.reason,
    idempotency_key: rest.idempotency_key,
    duplicate_of: rest.duplicate_of,
    entity_type: rest.entity_type,
    source_entity_id: rest.source_entity_id,
    outcome: rest.outcome,
    received_at: received_at.toISOString(),
    settled_at: settled_at?.toISOString() ?? null,
  }
}
