import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Schedules } from '../src/scheduler/index.ts'
import { because, changeOf, reason, time } from './control-shapes.ts'
import { jsonTimes } from './json-times.ts'

export interface SchedulesContext {
  readonly schedules: Schedules
}

const shape = z.object({
  name: z.string(),
  entity: z.string().nullable(),
  mode: z.string(),
  cron: z.string().meta({ description: 'minute hour day month weekday' }),
  default_cron: z.string(),
  enabled: z.boolean(),
  time_zone: z.string().meta({ description: 'The pattern is read by this clock' }),
  every_seconds: z.number().nullable().meta({ description: 'As the pattern says' }),
  planned_every_seconds: z.number().nullable().meta({ description: 'Longer where the day has too few calls' }),
  fits: z.boolean().meta({ description: 'Whether it runs as often as the pattern says' }),
  last_started_at: time.nullable(),
  last_run: z.object({ id: z.int(), status: z.string(), started_at: time }).nullable(),
  next_at: time.nullable().meta({ description: 'Null while it is disabled, or waits for a first full run' }),
  requested_at: time.nullable().meta({ description: 'Somebody wants it before its time' }),
  updated_at: time.nullable(),
  updated_by: z.string().nullable(),
})
const example = {
  name: 'products.incremental',
  entity: 'products',
  mode: 'incremental',
  cron: '*/10 * * * *',
  default_cron: '*/10 * * * *',
  enabled: true,
  time_zone: 'Asia/Baghdad',
  every_seconds: 600,
  planned_every_seconds: 600,
  fits: true,
  last_started_at: '2026-01-31T08:00:00.000Z',
  last_run: { id: 17, status: 'settled', started_at: '2026-01-31T08:00:00.000Z' },
  next_at: '2026-01-31T08:10:00.000Z',
  requested_at: null,
  updated_at: null,
  updated_by: null,
}
const params = z.object({ name: z.string().min(1).max(100).meta({ example: 'products.incremental' }) })
const body = z
  .strictObject({
    cron: z.string().trim().min(1).max(100).nullable().optional().meta({ description: 'null: the default again' }),
    every_minutes: z
      .int()
      .min(1)
      .max(1440)
      .optional()
      .meta({ description: 'In place of a pattern: 1, 2, 5, 10, 60, 360 …' }),
    enabled: z.boolean().optional(),
    reason,
  })
  .refine(
    ({ cron, every_minutes, enabled }) => cron !== undefined || every_minutes !== undefined || enabled !== undefined,
    {
      error: 'name cron, every_minutes or enabled',
    },
  )
  .refine(({ cron, every_minutes }) => cron === undefined || every_minutes === undefined, {
    error: 'name either cron or every_minutes',
    path: ['every_minutes'],
  })
  .meta({ example: { cron: '*/15 * * * *', reason: 'fewer calls while the plan is small' } })

/** The timetable: what runs, when, and whether the day's calls allow it. */
export const scheduleRoutes: FastifyPluginAsyncZod<{ ctx: SchedulesContext }> = async (app, { ctx: { schedules } }) => {
  app.get('/api/tds/schedules', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['schedules'],
      summary: 'Every task of the timetable: when it ran, when it runs next, how often the day allows',
      response: {
        200: z
          .object({ items: z.array(shape), total: z.int(), next: z.null() })
          .meta({ example: { items: [example], total: 1, next: null } }),
      },
    },
    handler: async () => {
      const items = jsonTimes(await schedules.list())
      return { items, total: items.length, next: null }
    },
  })

  app.get('/api/tds/schedules/:name', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['schedules'],
      summary: 'One task of the timetable',
      params,
      response: { 200: shape.meta({ example }) },
    },
    handler: async ({ params }) => jsonTimes(await schedules.get(params.name)),
  })

  app.patch('/api/tds/schedules/:name', {
    config: { scope: 'config:write' },
    schema: {
      tags: ['schedules'],
      summary: 'Changes when a task runs, or whether it does; in force within seconds, without a restart',
      params,
      body,
      response: { 200: shape.meta({ example: { ...example, cron: '*/15 * * * *', every_seconds: 900 } }) },
    },
    handler: async (request) => {
      const { every_minutes: everyMinutes, reason, ...to } = request.body
      return jsonTimes(await schedules.change(request.params.name, { ...to, everyMinutes }, changeOf(request, reason)))
    },
  })

  app.post('/api/tds/schedules/:name/run', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['schedules'],
      summary: 'Runs a task now, whether it is enabled or not',
      description: 'A task of an entity is queued as a run; the others begin with the leader, within seconds.',
      params,
      body: because,
      response: {
        202: z
          .object({ task: z.string(), run_ids: z.array(z.int()) })
          .meta({ description: 'Asked for', example: { task: 'products.incremental', run_ids: [18] } }),
      },
    },
    handler: async (request, reply) => {
      const { task, run_ids } = await schedules.runNow(request.params.name, changeOf(request, request.body.reason))
      return reply.code(202).send({ task, run_ids: [...run_ids] })
    },
  })
}
