import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { FindingsContext } from './findings.ts'
import { settingShape, settingsShape, toSetting, toSettings } from './setting-shapes.ts'

const example = {
  name: 'iqd_price',
  value: { min: 250, max: 100_000_000 },
  default: { min: 250, max: 100_000_000 },
  updated_at: null,
  updated_by: null,
}

/** By what the rules judge: bounds of prices, the rate, how long a parent may take, which rules are off. */
export const findingSettingRoutes: FastifyPluginAsyncZod<{ ctx: FindingsContext }> = async (app, { ctx }) => {
  const { settings } = ctx.findings

  app.get('/api/tds/findings/settings', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['findings'],
      summary: 'The limits the rules judge by, with their defaults',
      response: {
        200: settingsShape.meta({ example: { items: [example], total: 1, next: null } }),
      },
    },
    handler: async () => toSettings(await settings.list()),
  })

  app.put('/api/tds/findings/settings/:name', {
    config: { scope: 'config:write' },
    schema: {
      tags: ['findings'],
      summary: 'Changes one limit, in force with the next validation',
      params: z.object({ name: z.string().min(1).max(100).meta({ example: 'iqd_price' }) }),
      body: z
        .strictObject({
          value: z
            .unknown()
            .refine((value) => value !== undefined, 'is missing')
            .meta({
              description:
                'iqd_price {min, max}, iqd_per_usd {rate, factor}, orphan_minutes, off [rules]; null: the default',
            }),
          reason: z.string().trim().min(1).max(500).meta({ description: 'Why; kept in the audit trail' }),
        })
        .meta({ example: { value: { min: 100, max: 50_000_000 }, reason: 'screws are sold one by one' } }),
      response: { 200: settingShape.meta({ example }) },
    },
    handler: async ({ params, body, key, id }) => {
      const change = { ...body, actor: `key ${key?.id ?? 'unknown'}`, requestId: id }
      return toSetting(await settings.set(params.name, change))
    },
  })
}
