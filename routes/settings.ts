import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Settings } from '../src/settings/index.ts'
import { changeOf, reason } from './control-shapes.ts'
import { settingShape, settingsShape, toSetting, toSettings } from './setting-shapes.ts'

export interface SettingsContext {
  readonly settings: Settings
}

const example = {
  name: 'retention.events_days',
  value: 60,
  default: 30,
  updated_at: '2026-01-31T08:00:00.000Z',
  updated_by: 'key bootstrap',
}

/** Rows of `tds_configuration` that people change: retention, row history, thresholds, limits of rules. */
export const settingRoutes: FastifyPluginAsyncZod<{ ctx: SettingsContext }> = async (app, { ctx: { settings } }) => {
  app.get('/api/tds/settings', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['settings'],
      summary: 'How long things are kept, thresholds and limits of rules, with their defaults',
      description: 'The timetable, the shares of the day, healing and pauses have routes of their own.',
      response: { 200: settingsShape.meta({ example: { items: [example], total: 1, next: null } }) },
    },
    handler: async () => toSettings(await settings.list()),
  })

  app.put('/api/tds/settings/:name', {
    config: { scope: 'config:write' },
    schema: {
      tags: ['settings'],
      summary: 'Changes one setting; checked, and told in the audit trail',
      params: z.object({ name: z.string().min(1).max(100).meta({ example: 'retention.events_days' }) }),
      body: z
        .strictObject({
          value: z
            .unknown()
            .refine((value) => value !== undefined, 'is missing')
            .meta({
              description:
                'retention.*_days: days; history.rows: true or false; alerts.thresholds.* and findings.*: as their own routes take them; null: the default again',
            }),
          reason,
        })
        .meta({ example: { value: 60, reason: 'the auditors ask for two months' } }),
      response: { 200: settingShape.meta({ example }) },
    },
    handler: async (request) => {
      const { value, reason } = request.body
      return toSetting(await settings.set(request.params.name, { value, ...changeOf(request, reason) }))
    },
  })
}
