import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ThresholdSettings } from '../src/monitor/index.ts'
import { settingShape, settingsShape, toSetting, toSettings } from './setting-shapes.ts'

export interface ThresholdsContext {
  readonly thresholds: ThresholdSettings
}

/** The limits by which health and alerts judge. */
export const thresholdRoutes: FastifyPluginAsyncZod<{ ctx: ThresholdsContext }> = async (app, { ctx }) => {
  const { thresholds } = ctx

  app.get('/api/tds/alerts/thresholds', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['alerts'],
      summary: 'The limits health and alerts judge by, with their defaults',
      response: { 200: settingsShape },
    },
    handler: async () => toSettings(await thresholds.list()),
  })

  app.put('/api/tds/alerts/thresholds/:name', {
    config: { scope: 'config:write' },
    schema: {
      tags: ['alerts'],
      summary: 'Changes one limit, in force within seconds',
      params: z.object({ name: z.string().min(1).max(100) }),
      body: z.strictObject({
        value: z
          .unknown()
          .refine((value) => value !== undefined, 'is missing')
          .meta({
            description:
              'A number, or an object with warning and critical; parts not named keep their default. null: the default again',
            example: { warning: 100, critical: 400 },
          }),
        reason: z.string().trim().min(1).max(500).meta({ description: 'Why; kept in the audit trail' }),
      }),
      response: { 200: settingShape },
    },
    handler: async ({ params, body, key, id }) => {
      const change = { ...body, actor: `key ${key?.id ?? 'unknown'}`, requestId: id }
      return toSetting(await thresholds.set(params.name, change))
    },
  })
}
