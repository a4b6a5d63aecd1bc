import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { errorCode } from '../src/errors.ts'
import { detailedHealthShape, healthShape, type Monitor } from '../src/monitor/index.ts'

export interface HealthContext {
  readonly monitor: Pick<Monitor, 'health' | 'detailedHealth' | 'ready'>
  readonly version: string
}

const answer = z.union([detailedHealthShape, healthShape])
const readiness = z.object({ ready: z.boolean(), reasons: z.array(z.string()) })

/** For people and monitors (health), for whoever restarts us (live) and for whoever sends requests here (ready). */
export const healthRoutes: FastifyPluginAsyncZod<{ ctx: HealthContext }> = async (app, { ctx }) => {
  const { monitor, version } = ctx

  app.get('/api/tds/health', {
    // With the database away nobody knows stored keys, and everybody is told as much as anybody.
    onRequest: (request) =>
      app.identify(request).catch((error: unknown) => {
        if (errorCode(error) !== 'KEYS_AWAY') throw error
      }),
    schema: {
      tags: ['health'],
      summary: 'Whether the mirror can be relied on',
      description: 'Anyone gets the figures. A key with the scope health:read also gets reasons, summary and checks.',
      security: [{}, { key: ['health:read'] }],
      response: { 200: answer.describe('healthy or degraded'), 503: answer.describe('unhealthy') },
    },
    handler: async ({ key }, reply) => {
      const mayKnow = key?.scopes.includes('health:read') ?? false
      const health = mayKnow ? await monitor.detailedHealth(version) : await monitor.health()
      reply.header('cache-control', 'no-store')
      return reply.code(health.status === 'unhealthy' ? 503 : 200).send(health)
    },
  })

  app.get('/api/tds/health/live', {
    schema: {
      tags: ['health'],
      summary: 'The process answers; touches nothing',
      security: [],
      response: { 200: z.object({ live: z.literal(true) }) },
    },
    handler: async () => ({ live: true as const }),
  })

  app.get('/api/tds/health/ready', {
    schema: {
      tags: ['health'],
      summary: 'Requests may come: the database answers and the process is not on its way out',
      security: [],
      response: { 200: readiness, 503: readiness },
    },
    handler: async (_request, reply) => {
      const { ready, reasons } = await monitor.ready()
      return reply.code(ready ? 200 : 503).send({ ready, reasons: [...reasons] })
    },
  })
}
