import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Target } from '../src/pauses/index.ts'
import {
  because,
  changeOf,
  id,
  mode,
  name,
  pauseExample,
  pauseShape,
  pausesShape,
  reason,
  toPauses,
} from './control-shapes.ts'
import { jsonTimes } from './json-times.ts'
import { runExample, startedShape } from './sync-shapes.ts'
import type { SyncsContext } from './syncs.ts'

const params = z.object({ id: id.meta({ example: 1 }) })
const kindBody = z
  .strictObject({ mode: mode.optional(), entity: name.optional(), reason })
  .meta({ example: { mode: 'full', entity: 'products', reason: 'Zoho works on the price lists' } })
const ended = z.object({ resumed: z.literal(true), target: z.string() })

const targetOf = ({ mode, entity }: { mode?: string | undefined; entity?: string | undefined }): Target =>
  mode === undefined && entity === undefined ? { kind: 'zoho' } : { kind: 'runs', mode, entityType: entity }

/** Holding runs back, letting them go on, ending them. */
export const syncControlRoutes: FastifyPluginAsyncZod<{ ctx: SyncsContext }> = async (app, { ctx: { syncs } }) => {
  app.get('/api/tds/syncs/pauses', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['syncs'],
      summary: 'What is paused, by whom, and why',
      response: { 200: pausesShape.meta({ example: { items: [pauseExample], total: 1, next: null } }) },
    },
    handler: async () => toPauses(await syncs.pauses()),
  })

  app.post('/api/tds/syncs/pause', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['syncs'],
      summary: 'Pauses runs by mode or entity, or all work that calls Zoho',
      description:
        'Without mode and entity: all calls to Zoho. A page in hand is finished, webhooks are still taken. It lasts over restarts, until somebody resumes it.',
      body: kindBody,
      response: { 200: pauseShape.meta({ example: pauseExample }) },
    },
    handler: async (request) =>
      jsonTimes(await syncs.pause(targetOf(request.body), changeOf(request, request.body.reason))),
  })

  app.post('/api/tds/syncs/resume', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['syncs'],
      summary: 'Ends the pause of a mode, an entity, or all Zoho work',
      body: kindBody,
      response: { 200: ended.meta({ example: { resumed: true, target: 'runs:full:products' } }) },
    },
    handler: async (request) => {
      const { body } = request
      await syncs.resume(targetOf(body), changeOf(request, body.reason))
      const isAll = body.mode === undefined && body.entity === undefined
      return { resumed: true as const, target: isAll ? 'zoho' : `runs:${body.mode ?? '*'}:${body.entity ?? '*'}` }
    },
  })

  app.post('/api/tds/syncs/:id/pause', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['syncs'],
      summary: 'Pauses one run after the page in hand',
      params,
      body: because,
      response: {
        200: pauseShape.meta({
          example: { ...pauseExample, target: 'run:17', kind: 'run', run_id: 17, mode: null, entity_type: null },
        }),
      },
    },
    handler: async (request) => {
      const target = { kind: 'run', runId: request.params.id } as const
      return jsonTimes(await syncs.pause(target, changeOf(request, request.body.reason)))
    },
  })

  app.post('/api/tds/syncs/:id/resume', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['syncs'],
      summary: 'Lets a paused run go on where it stopped',
      params,
      body: because,
      response: { 200: ended.meta({ example: { resumed: true, target: 'run:17' } }) },
    },
    handler: async (request) => {
      const { id } = request.params
      await syncs.get(id)
      await syncs.resume({ kind: 'run', runId: id }, changeOf(request, request.body.reason))
      return { resumed: true as const, target: `run:${id}` }
    },
  })

  app.post('/api/tds/syncs/:id/cancel', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['syncs'],
      summary: 'Ends a run before it has read everything',
      description:
        'No cursor moves and nothing is deleted. Items nobody had begun are dropped and count as skipped; those others asked for as well stay in the queue; those in work end as they would.',
      params,
      body: because,
      response: {
        200: z
          .object({ run: startedShape, dropped: z.int(), left: z.int().meta({ description: 'Others wait for these' }) })
          .meta({
            example: {
              run: { id: runExample.id, entity_type: 'products', mode: 'full', status: 'cancelled' },
              dropped: 90,
              left: 0,
            },
          }),
      },
    },
    handler: async (request) => {
      const { run, dropped, left } = await syncs.cancel(request.params.id, changeOf(request, request.body.reason))
      const { id, entity_type, mode, status } = run
      return { run: { id, entity_type, mode, status }, dropped, left }
    },
  })
}
