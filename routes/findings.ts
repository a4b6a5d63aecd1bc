import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Findings } from '../src/sync/index.ts'
import { countShape, findingExample, findingShape, rulesExample, severity, toFinding } from './findings-shapes.ts'
import { validationRoutes } from './findings-validations.ts'
import { jsonTimes } from './json-times.ts'

export interface FindingsContext {
  readonly findings: Findings
}

const id = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)
const params = z.object({ id: id.meta({ example: 1 }) })
const name = z.string().min(1).max(100)
const why = z.string().trim().min(1).max(500).meta({ description: 'Why; kept with the finding and in the audit trail' })

/** Rows that are not plausible or contradict each other, whether or not they equal Zoho. */
export const findingRoutes: FastifyPluginAsyncZod<{ ctx: FindingsContext }> = async (app, { ctx }) => {
  await app.register(readRoutes, { ctx })
  await app.register(validationRoutes, { ctx })
  await app.register(changeRoutes, { ctx })
}

const readRoutes: FastifyPluginAsyncZod<{ ctx: FindingsContext }> = async (app, { ctx: { findings } }) => {
  app.get('/api/tds/findings', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['findings'],
      summary: 'Findings, newest first; those that somebody accepted only when asked for',
      querystring: z.object({
        limit: z.coerce.number().int().min(1).max(500).default(50),
        after: id.optional().meta({ description: '`next` of the page before' }),
        rule: name.optional(),
        severity: severity.optional(),
        entity: name.optional(),
        source_entity_id: name
          .optional()
          .meta({ description: "The record's Zoho id, or that of an item whose price it is" }),
        state: z.enum(['open', 'accepted', 'resolved', 'all']).default('open'),
      }),
      response: {
        200: z
          .object({ items: z.array(findingShape), total: z.int(), next: z.int().nullable() })
          .meta({ example: { items: [findingExample], total: 1, next: null } }),
      },
    },
    handler: async ({ query: { entity, ...query } }) => {
      const page = await findings.list({ ...query, entity_type: entity })
      return { ...page, items: page.items.map(toFinding) }
    },
  })

  app.get('/api/tds/findings/rules', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['findings'],
      summary: 'The rules, what must hold by each, and how many findings they have',
      response: {
        200: z
          .object({
            items: z.array(
              z.object({
                code: z.string(),
                severity,
                says: z.string(),
                open: z.int(),
                accepted: z.int(),
                entities: z.array(countShape),
                runbook: z.string(),
              }),
            ),
            total: z.int(),
            next: z.null(),
            validated_at: z.iso.datetime().nullable().meta({ description: 'When they were last asked' }),
          })
          .meta({ example: rulesExample }),
      },
    },
    handler: async () => {
      const [counts, last] = await Promise.all([findings.counts(), findings.last()])
      const items = findings.rules.map((rule) => {
        const entities = jsonTimes(
          counts.filter((each) => each.rule === rule.code).map(({ rule: _, ...count }) => count),
        )
        const sum = (of: 'open' | 'accepted') => entities.reduce((total, each) => total + each[of], 0)
        return { ...rule, open: sum('open'), accepted: sum('accepted'), entities, runbook: 'docs/runbook.md#findings' }
      })
      return { items, total: items.length, next: null, validated_at: last?.finished_at.toISOString() ?? null }
    },
  })

  app.get('/api/tds/findings/:id', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['findings'],
      summary: 'One finding',
      params,
      response: { 200: findingShape.meta({ example: findingExample }) },
    },
    handler: async ({ params }) => toFinding(await findings.get(params.id)),
  })
}

const changeRoutes: FastifyPluginAsyncZod<{ ctx: FindingsContext }> = async (app, { ctx: { findings } }) => {
  app.post('/api/tds/findings/:id/accept', {
    config: { scope: 'config:write' },
    schema: {
      tags: ['findings'],
      summary: 'A finding that is known is silent until its day, or until its value changes',
      params,
      body: z
        .strictObject({
          until: z.iso.datetime({ offset: true }).meta({ description: 'When it is to be told of again' }),
          any_value: z.boolean().default(false).meta({ description: 'Stay silent also when the value changes' }),
          reason: why,
        })
        .meta({ example: { until: '2099-01-31T00:00:00Z', reason: 'sold before it was booked in; counted monthly' } }),
      response: { 200: findingShape.meta({ example: { ...findingExample, state: 'accepted' } }) },
    },
    handler: async ({ params, body, key, id: requestId }) =>
      toFinding(
        await findings.accept(params.id, {
          until: new Date(body.until),
          anyValue: body.any_value,
          reason: body.reason,
          actor: `key ${key?.id ?? 'unknown'}`,
          requestId,
        }),
      ),
  })

  app.post('/api/tds/findings/:id/unaccept', {
    config: { scope: 'config:write' },
    schema: {
      tags: ['findings'],
      summary: 'An accepted finding counts again',
      params,
      body: z.strictObject({ reason: why }).meta({ example: { reason: 'it was no screw after all' } }),
      response: { 200: findingShape.meta({ example: findingExample }) },
    },
    handler: async ({ params, body, key, id: requestId }) =>
      toFinding(
        await findings.unaccept(params.id, { reason: body.reason, actor: `key ${key?.id ?? 'unknown'}`, requestId }),
      ),
  })
}
