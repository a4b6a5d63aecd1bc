import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { errorCode } from '../src/errors.ts'
import { detailedHealthShape, healthShape, type Monitor } from '../src/monitor/index.ts'

export interface HealthContext {
  readonly monitor: Pick<Monitor, 'health' | 'detailedHealth' | 'ready' | 'stalled'>
  readonly version: string
}

const answer = z.union([detailedHealthShape, healthShape])
const readiness = z.object({ ready: z.boolean(), reasons: z.array(z.string()) })
const liveness = z.object({ live: z.boolean(), reasons: z.array(z.string()) })
const healthJson = 'application/health+json'

const alive = { live: true, reasons: [] }
const calm = {
  status: 'healthy' as const,
  queue: { pending: 3, processing: 1, failed: 0, dead_letter: 0 },
  last_sync: { products: '2026-01-31T08:10:04.000Z', customers: '2026-01-31T02:14:31.000Z' },
  stats: { total_synced_24h: 812, success_rate: 100 },
}
const unknown = { pending: null, processing: null, failed: null, dead_letter: null }
const away = {
  status: 'unhealthy' as const,
  queue: unknown,
  last_sync: { products: null, customers: null },
  stats: { total_synced_24h: null, success_rate: null },
}

/** For people and monitors (health), for whoever restarts us (live) and for whoever sends requests here (ready). */
export const healthRoutes: FastifyPluginAsyncZod<{ ctx: HealthContext }> = async (app, { ctx }) => {
  const { monitor, version } = ctx

  app.get('/api/tds/health', {
    config: { access: 'public' },
    // With the database away nobody knows stored keys, and everybody is told as much as anybody.
    onRequest: (request) =>
      app.identify(request).catch((error: unknown) => {
        if (errorCode(error) !== 'KEYS_AWAY') throw error
      }),
    schema: {
      tags: ['health'],
      summary: 'Whether the mirror can be relied on',
      description:
        'Anyone gets the figures. A key with the scope health:read also gets reasons, summary and checks. At most a second old, ' +
        'so polling costs nothing. Who accepts `application/health+json` is answered with that type.',
      security: [{}, { key: ['health:read'] }],
      response: {
        200: answer.describe('healthy or degraded').meta({ example: calm }),
        503: answer.describe('unhealthy; the figures are null while the database is away').meta({ example: away }),
      },
    },
    handler: async ({ key, headers }, reply) => {
      const mayKnow = key?.scopes.includes('health:read') ?? false
      const health = mayKnow ? await monitor.detailedHealth(version) : await monitor.health()
      reply.header('cache-control', 'no-store')
      if (headers.accept?.toLowerCase().includes(healthJson)) reply.type(healthJson)
      return reply.code(health.status === 'unhealthy' ? 503 : 200).send(health)
    },
  })

  app.get('/api/tds/health/live', {
    config: { access: 'public' },
    schema: {
      tags: ['health'],
      summary: 'The process answers and its loops turn; touches nothing',
      description:
        '503 is for whoever starts processes again: this one stood still for half a minute, or a loop of its workers has hung for five. ' +
        'A database that is away is no reason: webhooks and pictures do without it.',
      security: [],
      response: {
        200: liveness.meta({ example: alive }),
        503: liveness.meta({ example: { live: false, reasons: ['a worker loop hangs for 312 s'] } }),
      },
    },
    handler: async (_request, reply) => {
      const reasons = [...monitor.stalled()]
      reply.header('cache-control', 'no-store')
      return reply.code(reasons.length === 0 ? 200 : 503).send({ live: reasons.length === 0, reasons })
    },
  })

  app.get('/api/tds/health/ready', {
    config: { access: 'public' },
    schema: {
      tags: ['health'],
      summary: 'Requests may come: the database answers and the process is not on its way out',
      security: [],
      response: {
        200: readiness.meta({ example: { ready: true, reasons: [] } }),
        503: readiness.meta({ example: { ready: false, reasons: ['the database does not answer'] } }),
      },
    },
    handler: async (_request, reply) => {
      const { ready, reasons } = await monitor.ready()
      return reply.code(ready ? 200 : 503).send({ ready, reasons: [...reasons] })
    },
  })
}
