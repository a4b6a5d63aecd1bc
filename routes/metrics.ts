import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Metrics } from '../src/monitor/index.ts'

export interface MetricsContext {
  readonly metrics: Pick<Metrics, 'contentType' | 'render'>
}

const example = '# HELP tds_database_up 1 while the database answers\n# TYPE tds_database_up gauge\ntds_database_up 1\n'

/** For Prometheus. */
export const metricsRoutes: FastifyPluginAsyncZod<{ ctx: MetricsContext }> = async (app, { ctx: { metrics } }) => {
  app.get('/metrics', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['statistics'],
      summary: 'Metrics in the text form of Prometheus',
      description:
        'Counters and histograms are of this process since it started: add instances up. Gauges are how things stand in the database they share: take the highest. It answers while the database is away, with `tds_database_up 0`; a stored key needs the database, the key of `TDS_ADMIN_KEY` does not.',
      produces: ['text/plain'],
      response: { 200: z.string().meta({ description: 'Prometheus text, version 0.0.4', example }) },
    },
    handler: async (_request, reply) => {
      const text = await metrics.render()
      return reply.header('content-type', metrics.contentType).send(text)
    },
  })
}
