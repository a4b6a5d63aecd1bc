import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { SyncControl } from '../src/sync/index.ts'
import { after, changeOf, id, instant, limit, mode, name, reason } from './control-shapes.ts'
import { jsonTimes } from './json-times.ts'
import { costShape, runDetailsShape, runExample, runShape, startedShape, status } from './sync-shapes.ts'

export interface SyncsContext {
  readonly syncs: SyncControl
}

const runsShape = z.object({ items: z.array(runShape), total: z.int(), next: z.int().nullable() })
const queuedShape = z.object({ runs: z.array(startedShape) })

const startBody = z.strictObject({
  mode,
  entities: z.array(name).min(1).max(50).optional().meta({ description: 'Without: all the mode is made for' }),
  since: instant.optional().meta({ description: 'Documents from then on; six months without' }),
  limit: z.int().min(1).max(1_000_000).optional().meta({ description: 'At most so many documents of each entity' }),
  accept_mass_change: z.boolean().default(false),
  dry_run: z.boolean().default(false).meta({ description: 'Only say what it would read and take' }),
  reason: reason.default('started over HTTP'),
})

/** Runs: begun, and looked at. */
export const syncRoutes: FastifyPluginAsyncZod<{ ctx: SyncsContext }> = async (app, { ctx: { syncs } }) => {
  app.get('/api/tds/syncs', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['syncs'],
      summary: 'Runs, newest first; `total` counts up to 10,000',
      querystring: z.object({
        limit,
        after,
        entity: name.optional(),
        mode: mode.optional(),
        status: status.optional(),
        from: instant.optional().meta({ description: 'Started at or after' }),
        to: instant.optional().meta({ description: 'Started before' }),
      }),
      response: { 200: runsShape.meta({ example: { items: [runExample], total: 1, next: null } }) },
    },
    handler: async ({ query: { entity, from, to, ...query } }) => {
      const times = { from: from ? new Date(from) : undefined, to: to ? new Date(to) : undefined }
      return jsonTimes(await syncs.list({ ...query, ...times, entity_type: entity }))
    },
  })

  app.post('/api/tds/syncs', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['syncs'],
      summary: 'Starts a run of each entity, or says what that would take',
      description:
        'Answers at once: the runs are queued and this service works on them, parents before children; if it ends, the leader goes on. All or none: 409 where one of the same entity and mode is queued or under way.',
      body: startBody.meta({ example: { mode: 'incremental', entities: ['products'], dry_run: true } }),
      response: {
        200: costShape.meta({
          example: {
            dry_run: true,
            mode: 'incremental',
            entities: [{ entity: 'products', records: 2221, documents: 0, calls: { books: 0, inventory: 1 } }],
            calls: 1,
            minutes: 0.1,
            notes: [],
          },
        }),
        202: queuedShape.meta({
          description: 'Queued',
          example: { runs: [{ id: 17, entity_type: 'products', mode: 'incremental', status: 'queued' }] },
        }),
      },
    },
    handler: async (request, reply) => {
      const { since, accept_mass_change, dry_run, reason, ...body } = request.body
      const asked = { ...body, since: since ? new Date(since) : undefined }
      if (dry_run) return { dry_run, mode: body.mode, ...jsonTimes(await syncs.cost(asked)) }
      const start = { ...asked, acceptMassChange: accept_mass_change, trigger: 'api' }
      const runs = await syncs.start(start, changeOf(request, reason))
      return reply.code(202).send({
        runs: runs.map(({ id, entity_type, mode, status }) => ({ id, entity_type, mode, status })),
      })
    },
  })

  app.get('/api/tds/syncs/:id', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['syncs'],
      summary: 'One run: how far it is, what holds it, what failed',
      params: z.object({ id: id.meta({ example: 1 }) }),
      response: {
        200: runDetailsShape.meta({
          example: { ...runExample, paused: null, expected: 2221, seconds_left: 25, calls_used: 2, errors: [] },
        }),
      },
    },
    handler: async ({ params }) => jsonTimes(await syncs.get(params.id)),
  })
}
