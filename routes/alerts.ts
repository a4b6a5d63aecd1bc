import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Alerts } from '../src/alerts/index.ts'
import { jsonTimes } from './json-times.ts'

export interface AlertsContext {
  readonly alerts: Pick<Alerts, 'list' | 'get' | 'acknowledge' | 'test'>
}

const time = z.iso.datetime()
const severity = z.enum(['warning', 'critical'])
const status = z.enum(['open', 'acknowledged', 'resolved'])
const channel = z.enum(['email', 'slack', 'webhook'])
const alertShape = z.object({
  id: z.int(),
  fingerprint: z.string().meta({ description: 'What it is about; at most one unresolved alert has it' }),
  severity,
  status,
  title: z.string(),
  message: z.string(),
  detail: z.unknown(),
  occurrences: z.int(),
  opened_at: time,
  seen_at: time.meta({ description: 'When it was last found to go on' }),
  acknowledged_at: time.nullable(),
  acknowledged_by: z.string().nullable(),
  resolved_at: time.nullable(),
  notified_at: time
    .nullable()
    .meta({ description: 'When a notice of it was last made; null: no channel is configured' }),
})
const deliveryShape = z.object({
  id: z.int(),
  channel,
  kind: z.enum(['opened', 'escalated', 'reminder', 'resolved']),
  status: z.enum(['pending', 'sent', 'failed']).meta({ description: 'failed: given up after a day' }),
  attempt: z.int(),
  next_attempt_at: time,
  error: z.string().nullable(),
  created_at: time,
  ended_at: time.nullable(),
})
const list = z.object({ items: z.array(alertShape), total: z.int(), next: z.int().nullable() })
const tested = z.object({
  channels: z
    .array(z.object({ channel, ok: z.boolean(), error: z.string().nullable(), milliseconds: z.int() }))
    .meta({ description: 'Empty: no channel is configured' }),
})
const id = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)
const idParams = z.object({ id })
const note = z.string().trim().min(1).max(500)

/** What needs people: look, say that somebody looks after it, try the ways it is told. */
export const alertRoutes: FastifyPluginAsyncZod<{ ctx: AlertsContext }> = async (app, { ctx }) => {
  const { alerts } = ctx

  app.get('/api/tds/alerts', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['alerts'],
      summary: 'Alerts, newest first',
      querystring: z.object({
        limit: z.coerce.number().int().min(1).max(500).default(50),
        after: id.optional().meta({ description: '`next` of the page before' }),
        open: z.stringbool().optional().meta({ description: 'true: open and acknowledged; false: resolved' }),
        status: status.optional(),
        severity: severity.optional(),
        fingerprint: z.string().min(1).max(200).optional(),
      }),
      response: { 200: list },
    },
    handler: async ({ query }) => {
      const { items, total, next } = await alerts.list(query)
      return { items: jsonTimes(items), total, next }
    },
  })

  app.get('/api/tds/alerts/:id', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['alerts'],
      summary: 'One alert and what became of its notices',
      params: idParams,
      response: { 200: alertShape.extend({ deliveries: z.array(deliveryShape) }) },
    },
    handler: async ({ params }) => {
      const { alert, deliveries } = await alerts.get(params.id)
      return { ...jsonTimes(alert), deliveries: jsonTimes(deliveries) }
    },
  })

  app.post('/api/tds/alerts/:id/acknowledge', {
    config: { scope: 'queue:control' },
    schema: {
      tags: ['alerts'],
      summary: 'Somebody looks after it: no more reminders, unless it gets worse',
      params: idParams,
      body: z.strictObject({ note: note.optional().meta({ description: 'Kept in the audit trail' }) }).nullish(),
      response: { 200: alertShape },
    },
    handler: async (request) => {
      const options = { actor: actorOf(request), note: request.body?.note, requestId: request.id }
      return jsonTimes(await alerts.acknowledge(request.params.id, options))
    },
  })

  app.post('/api/tds/alerts/test', {
    config: { scope: 'config:write' },
    schema: {
      tags: ['alerts'],
      summary: 'Sends a test to every configured channel and says what became of it',
      description: 'Waits up to 15 seconds for each, all beside each other. The answer is 200 also when none took it.',
      response: { 200: tested },
    },
    handler: async (request) => ({ channels: [...(await alerts.test(actorOf(request)))] }),
  })
}

/** The guard lets nobody here without a key. */
const actorOf = ({ key }: FastifyRequest): string => `key ${key?.id ?? 'unknown'}`
