import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  entityStatisticsShape,
  historyRanges,
  historyShape,
  type Monitor,
  statisticsShape,
} from '../src/monitor/index.ts'

import { entityExample, historyExample, statisticsExample } from './statistics-examples.ts'

export interface StatisticsContext {
  readonly monitor: Pick<Monitor, 'statistics' | 'entityStatistics' | 'history'>
}

const rangeNames = ['1h', '24h', '7d', '90d'] as const satisfies readonly (keyof typeof historyRanges)[]
const instant = z.iso.datetime({ offset: true })

/** Counts, ages, lags and rates, for everything and by entity. */
export const statisticsRoutes: FastifyPluginAsyncZod<{ ctx: StatisticsContext }> = async (app, { ctx }) => {
  const { monitor } = ctx

  app.get('/api/tds/statistics', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['statistics'],
      summary: 'Counts, ages, lags and rates of everything',
      response: { 200: statisticsShape.meta({ example: statisticsExample }) },
    },
    handler: () => monitor.statistics(),
  })

  app.get('/api/tds/statistics/history', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['statistics'],
      summary: 'What was counted, step by step',
      description:
        'From our own counters: minutes for 48 hours, hours for 400 days. The step follows from the range, so that there are a few hundred points at most.',
      querystring: z.object({
        range: z.enum(rangeNames).optional().meta({ description: 'Up to now; takes the place of `from` and `to`' }),
        from: instant.optional().meta({ description: 'Default: an hour before `to`' }),
        to: instant.optional().meta({ description: 'Default: now. At most 400 days after `from`' }),
        entity: z.string().max(64).optional().meta({
          description: 'Only counters of this entity, with its webhooks and calls, or of one webhook module',
        }),
      }),
      response: { 200: historyShape.meta({ example: historyExample }) },
    },
    handler: ({ query: { range, from, to, entity } }) => {
      const end = range !== undefined || to === undefined ? new Date() : new Date(to)
      const lengthMs = historyRanges[range ?? '1h'] * 1000
      const isGiven = range === undefined && from !== undefined
      return monitor.history({ from: isGiven ? new Date(from) : new Date(end.getTime() - lengthMs), to: end, entity })
    },
  })

  app.get('/api/tds/statistics/:entity', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['statistics'],
      summary: 'Counts, ages and lag of one entity',
      params: z.object({ entity: z.string().meta({ example: 'products' }) }),
      response: { 200: entityStatisticsShape.meta({ example: entityExample }) },
    },
    handler: ({ params: { entity } }) => monitor.entityStatistics(entity),
  })
}
