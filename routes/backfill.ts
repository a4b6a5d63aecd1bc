import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Planner } from '../src/sync/index.ts'
import { changeOf, reason, time } from './control-shapes.ts'
import { jsonTimes } from './json-times.ts'

export interface BackfillContext {
  readonly planner: Pick<Planner, 'recent' | 'budget' | 'changeBudget'>
}

const product = z.object({
  day_limit: z.int(),
  day_used: z.int(),
  day_left: z.int(),
  resets_at: time.nullable(),
  reserve: z.int().meta({ description: 'Calls of each day kept for live work' }),
  timetable: z.int().meta({ description: 'Calls a day of the timetable, stretched as it is' }),
  backfill: z.int().meta({ description: 'Calls a day that are left for the backfill' }),
  stretch: z.number().meta({ description: 'By how much incremental runs and sweeps are rarer than planned' }),
})
const entity = z.object({
  entity: z.string(),
  product: z.enum(['books', 'inventory']),
  pending: z.int().meta({ description: 'Documents that are still to be read' }),
  queued: z.int(),
  oldest: z.string().nullable(),
  newest: z.string().nullable(),
  share_per_day: z.int(),
  allowed_now: z.int().meta({ description: 'Documents that may be read in the next ten minutes' }),
  finish_date: z.iso.date().nullable().meta({ description: 'The last of them is read; null when none is pending' }),
})
const planShape = z.object({
  products: z.object({ books: product, inventory: product }),
  entities: z.array(entity),
  pending: z.int(),
  finish_date: z.iso.date().nullable().meta({ description: 'The whole history is here; null when none is pending' }),
})
const productExample = {
  day_limit: 5000,
  day_used: 120,
  day_left: 4880,
  resets_at: '2026-02-01T00:00:00.000Z',
  reserve: 1000,
  timetable: 1850,
  backfill: 2150,
  stretch: 1,
}
const planExample = {
  products: { books: productExample, inventory: productExample },
  entities: [
    {
      entity: 'invoices',
      product: 'books' as const,
      pending: 5200,
      queued: 0,
      oldest: '2021-03-04',
      newest: '2025-07-30',
      share_per_day: 2150,
      allowed_now: 720,
      finish_date: '2026-02-02',
    },
  ],
  pending: 5200,
  finish_date: '2026-02-02',
}
const budgetShape = z.object({
  reserve_percent: z.number().meta({ description: 'Of a day, for live work' }),
  backfill_percent: z.number().meta({ description: 'Of a day, for the backfill while documents wait' }),
  defaults: z.object({ reserve_percent: z.number(), backfill_percent: z.number() }),
  updated_at: time.nullable(),
  updated_by: z.string().nullable(),
})
const budgetExample = {
  reserve_percent: 20,
  backfill_percent: 10,
  defaults: { reserve_percent: 20, backfill_percent: 10 },
  updated_at: null,
  updated_by: null,
}
const percent = z.number().min(0).max(90).nullable().optional().meta({ description: 'null: the default again' })

/** How the day's calls are divided, and when the history will be here. */
export const backfillRoutes: FastifyPluginAsyncZod<{ ctx: BackfillContext }> = async (app, { ctx: { planner } }) => {
  app.get('/api/tds/backfill', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['syncs'],
      summary: 'How the calls of a day are divided, and when the history will be complete',
      response: { 200: planShape.meta({ example: planExample }) },
    },
    handler: async () => {
      const { products, entities } = await planner.recent()
      const dates = entities.flatMap(({ finish_date }) => finish_date ?? []).toSorted()
      const pending = entities.reduce((sum, each) => sum + each.pending, 0)
      // Where one of them has no date, the whole has none either.
      const isOpen = entities.some((each) => each.pending > 0 && each.finish_date === null)
      return { ...jsonTimes({ products, entities }), pending, finish_date: isOpen ? null : (dates.at(-1) ?? null) }
    },
  })

  app.get('/api/tds/budget', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['syncs'],
      summary: 'The shares of a day that are kept for live work and for the backfill',
      response: { 200: budgetShape.meta({ example: budgetExample }) },
    },
    handler: async () => jsonTimes(await planner.budget()),
  })

  app.patch('/api/tds/budget', {
    config: { scope: 'config:write' },
    schema: {
      tags: ['syncs'],
      summary: 'Changes these shares; the timetable gets what they leave',
      body: z
        .strictObject({ reserve_percent: percent, backfill_percent: percent, reason })
        .refine(
          ({ reserve_percent, backfill_percent }) => reserve_percent !== undefined || backfill_percent !== undefined,
          {
            error: 'name reserve_percent or backfill_percent',
          },
        )
        .meta({ example: { backfill_percent: 30, reason: 'the history first' } }),
      response: { 200: budgetShape.meta({ example: { ...budgetExample, backfill_percent: 30 } }) },
    },
    handler: async (request) => {
      const { reason, ...shares } = request.body
      return jsonTimes(await planner.changeBudget(shares, changeOf(request, reason)))
    },
  })
}
