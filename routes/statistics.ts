import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { entityStatisticsShape, historyShape, type Monitor, statisticsShape } from '../src/monitor/index.ts'

export interface StatisticsContext {
  readonly monitor: Pick<Monitor, 'statistics' | 'entityStatistics' | 'history'>
}

const HOUR_MS = 60 * 60 * 1000
const instant = z.iso.datetime({ offset: true })

/** Counts, ages, lags and rates, for everything and by entity. */
export const statisticsRoutes: FastifyPluginAsyncZod<{ ctx: StatisticsContext }> = async (app, { ctx }) => {
  const { monitor } = ctx

  app.get('/api/tds/statistics', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['statistics'],
      summary: 'Counts, ages, lags and rates of everything',
      response: { 200: statisticsShape },
    },
    handler: () => monitor.statistics(),
  })

  app.get('/api/tds/statistics/history', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['statistics'],
      summary: 'The counters minute by minute',
      querystring: z.object({
        from: instant.optional().meta({ description: 'Default: an hour before `to`' }),
        to: instant.optional().meta({ description: 'Default: now. At most 24 hours after `from`' }),
        entity: z.string().max(64).optional().meta({ description: 'Only counters of this entity or webhook module' }),
      }),
      response: { 200: historyShape },
    },
    handler: ({ query: { from, to, entity } }) => {
      const end = to === undefined ? new Date() : new Date(to)
      const start = from === undefined ? new Date(end.getTime() - HOUR_MS) : new Date(from)
      return monitor.history({ from: start, to: end, label: entity })
    },
  })

  app.get('/api/tds/statistics/:entity', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['statistics'],
      summary: 'Counts, ages and lag of one entity',
      params: z.object({ entity: z.string() }),
      response: { 200: entityStatisticsShape },
    },
    handler: ({ params: { entity } }) => monitor.entityStatistics(entity),
  })
}
