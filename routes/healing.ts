import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Healing } from '../src/healing/index.ts'
import { actionExample, actionShape, actionsShape, runShape } from './healing-shapes.ts'
import { jsonTimes } from './json-times.ts'

export interface HealingContext {
  readonly healing: Pick<Healing, 'list' | 'set' | 'run'>
}

const params = z.object({ action: z.string().min(1).max(50).meta({ example: 'dead-letters-outage' }) })
const reason = z.string().trim().min(1).max(500).meta({ description: 'Why; kept in the audit trail' })
const change = z
  .strictObject({
    enabled: z.boolean().nullish(),
    every_seconds: z.number().nullish(),
    limit: z.number().nullish(),
    hourly_limit: z.number().nullish(),
    reason,
  })
  .meta({
    description: 'Only what is to change; null: the default again',
    example: { enabled: false, reason: 'maintenance' },
  })

/** What TDS repairs by itself: look, switch, have it look now. */
export const healingRoutes: FastifyPluginAsyncZod<{ ctx: HealingContext }> = async (app, { ctx }) => {
  const { healing } = ctx

  app.get('/api/tds/healing', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['healing'],
      summary: 'What is repaired by itself: switches, limits, last passes, counts of a day',
      response: { 200: actionsShape.meta({ example: { items: [actionExample], total: 1, next: null } }) },
    },
    handler: async () => {
      const items = jsonTimes([...(await healing.list())])
      return { items, total: items.length, next: null }
    },
  })

  app.put('/api/tds/healing/:action', {
    config: { scope: 'config:write' },
    schema: {
      tags: ['healing'],
      summary: 'Switches an action off or on, or changes its limits, in force with its next pass',
      params,
      body: change,
      response: {
        200: actionShape.meta({ example: { ...actionExample, enabled: false, updated_by: 'key bootstrap' } }),
      },
    },
    handler: async (request) => {
      const { reason: why, ...parts } = request.body
      const answer = await healing.set(request.params.action, {
        parts,
        reason: why,
        actor: actorOf(request),
        requestId: request.id,
      })
      return jsonTimes(answer)
    },
  })

  app.post('/api/tds/healing/:action/run', {
    config: { scope: 'queue:control' },
    schema: {
      tags: ['healing'],
      summary: 'One pass now, within the limits; or only a look',
      description:
        'Reads are enqueued, nothing is written to the mirror. 409 where the action is switched off, under way, or repaired where it is noticed.',
      params,
      body: z
        .strictObject({
          dry_run: z.boolean().default(false).meta({ description: 'Only say what would be repaired' }),
          reason: reason.optional(),
        })
        .meta({ example: { dry_run: true } }),
      response: {
        200: runShape.meta({
          example: {
            action: 'dead-letters-outage',
            dry_run: true,
            found: 1,
            healed: 0,
            held: null,
            samples: ['products 4600000000000012'],
          },
        }),
      },
    },
    handler: async (request) => {
      const { dry_run: dryRun, reason: why } = request.body
      const asked = { actor: actorOf(request), reason: why, requestId: request.id }
      const { samples, ...answer } = await healing.run(request.params.action, { dryRun, ...asked })
      return { ...answer, samples: [...samples] }
    },
  })
}

/** The guard lets nobody here without a key. */
const actorOf = ({ key }: FastifyRequest): string => `key ${key?.id ?? 'unknown'}`
