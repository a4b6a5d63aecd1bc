import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type Verifications, type VerifyRun, verifyPage } from '../src/sync/index.ts'
import { jsonTimes } from './json-times.ts'
import { entityReport, reason, runExample, runParams, runShape } from './verify-shapes.ts'

export interface VerifyContext {
  readonly verifications: Verifications
}

const entity = z.string().min(1).max(100)
const reportShape = runShape.extend({
  report: z.array(entityReport).meta({ description: 'Of the entities that were concluded' }),
})
const reportExample = { ...runExample, report: [] }
const reportAnswer = {
  description: 'The comparison with its report',
  content: {
    'application/json': { schema: reportShape, example: reportExample },
    'text/html': { schema: z.string() },
  },
}
const startBody = z
  .strictObject({
    entities: z.array(entity).min(1).max(50).optional().meta({ description: 'All without' }),
    sample: z.int().min(0).max(100_000).optional().meta({ description: 'Details of an entity to read; 20 without' }),
    all_fields: z.boolean().default(false).meta({ description: 'The details of every record' }),
    repair: z.boolean().default(false).meta({ description: 'Have what differs read again at once' }),
    reason: reason.optional(),
  })
  .meta({ example: { entities: ['products'], sample: 20, reason: 'after the move' } })

/** Comparisons with Zoho: begin one, watch it, read its report, end it. */
export const verifyRoutes: FastifyPluginAsyncZod<{ ctx: VerifyContext }> = async (app, { ctx }) => {
  await app.register(startRoutes, { ctx })
  await app.register(readRoutes, { ctx })
}

const startRoutes: FastifyPluginAsyncZod<{ ctx: VerifyContext }> = async (app, { ctx: { verifications } }) => {
  app.post('/api/tds/verify', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['verify'],
      summary: 'Begins a comparison with Zoho in the background; one runs at a time',
      description:
        'Answers at once; `GET /api/tds/verify/{id}` says how far it is. 409 `VERIFY_RUNNING` while another runs.',
      body: startBody.nullish(),
      response: { 202: runShape.meta({ example: { ...runExample, state: 'running' } }) },
    },
    handler: async ({ body, key, id: requestId }, reply) => {
      const { entities, sample, all_fields = false, repair = false, reason } = body ?? {}
      const run = await verifications.start({
        ...(entities && { entityTypes: entities }),
        ...(sample !== undefined && { sample }),
        everyField: all_fields,
        repair,
        reason,
        trigger: 'api',
        actor: `key ${key?.id ?? 'unknown'}`,
        requestId,
      })
      return reply.code(202).header('location', `/api/tds/verify/${run.id}`).send(toRun(run))
    },
  })

  app.post('/api/tds/verify/:id/cancel', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['verify'],
      summary: 'Ends a comparison that runs, in whichever process; nothing is proven by it',
      params: runParams,
      body: z.strictObject({ reason }).meta({ example: { reason: 'the calls are needed elsewhere' } }),
      response: { 200: runShape.meta({ example: { ...runExample, state: 'cancelled', ok: null } }) },
    },
    handler: async ({ params, body, key, id: requestId }) =>
      toRun(
        await verifications.cancel(params.id, {
          actor: `key ${key?.id ?? 'unknown'}`,
          reason: body.reason,
          requestId,
        }),
      ),
  })
}

const readRoutes: FastifyPluginAsyncZod<{ ctx: VerifyContext }> = async (app, { ctx: { verifications } }) => {
  app.get('/api/tds/verify', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['verify'],
      summary: 'Comparisons that were begun, newest first, and how they ended',
      querystring: z.object({
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.uuid().optional().meta({ description: '`next` of the page before' }),
        entity: entity.optional().meta({ description: 'Those that compared it' }),
        state: runShape.shape.state.optional(),
      }),
      response: {
        200: z
          .object({ items: z.array(runShape), total: z.int(), next: z.uuid().nullable() })
          .meta({ example: { items: [runExample], total: 1, next: null } }),
      },
    },
    handler: async ({ query }) => {
      const page = await verifications.list(query)
      return { ...page, items: page.items.map(toRun) }
    },
  })

  app.get('/api/tds/verify/latest', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['verify'],
      summary: 'The newest comparison that was done, with its report',
      querystring: z.object({ entity: entity.optional().meta({ description: 'The newest one of it, and its part' }) }),
      response: { 200: reportShape.meta({ example: reportExample }) },
    },
    handler: async ({ query }) => withReport(await verifications.latest(query.entity), query.entity),
  })

  app.get('/api/tds/verify/:id', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['verify'],
      summary: 'One comparison: how far it is, or its report; as a page with format=html or Accept: text/html',
      params: runParams,
      querystring: z.object({
        entity: entity.optional().meta({ description: 'Only its part of the report' }),
        format: z.enum(['json', 'html']).optional(),
      }),
      response: { 200: reportAnswer },
    },
    handler: async (request, reply) => {
      const run = await verifications.get(request.params.id)
      const answer = await withReport(run, request.query.entity)
      if (!wantsPage(request.query.format, request.headers.accept)) return reply.send(answer)
      const entities = await verifications.reports(run.id, request.query.entity)
      const page = verifyPage(
        { ok: run.ok ?? false, calls: run.calls ?? 0, entities },
        run.finished_at ?? run.started_at,
      )
      reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      return reply.type('text/html; charset=utf-8').send(page)
    },
  })

  async function withReport(run: VerifyRun, only: string | undefined): Promise<z.output<typeof reportShape>> {
    const report = z.array(entityReport).parse(await verifications.reports(run.id, only))
    return { ...toRun(run), report }
  }
}

const wantsPage = (format: string | undefined, accept = ''): boolean =>
  format === undefined ? /^text\/html\b/.test(accept.trim()) : format === 'html'

const toRun = (run: VerifyRun): z.output<typeof runShape> => runShape.parse(jsonTimes(run))
