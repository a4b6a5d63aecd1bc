import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { AuditContext } from './audit.ts'
import { pageOf, toLine } from './audit-shapes.ts'

const example = {
  items: [
    {
      id: 812,
      at: '2026-01-31T08:00:00.000Z',
      actor: 'webhook',
      action: 'row.updated',
      subject: 'products/4873910000000012001',
      reason: null,
      affected: 1,
      filter: null,
      before: { unit_price: '10.50' },
      after: { unit_price: '12' },
      request_id: null,
      cause: {
        entity_type: 'products',
        queue_id: 90_210,
        local_id: 17,
        read_at: '2026-01-31 08:00:00.12+00',
        modified_at: '2026-01-31T10:59:58+0300',
      },
    },
  ],
  total: 1,
  next: null,
}

/** What changed in one mirrored record. */
export const rowHistoryRoutes: FastifyPluginAsyncZod<{ ctx: AuditContext }> = async (app, { ctx }) => {
  app.get('/api/tds/rows/:entity/:id/history', {
    config: { scope: 'payload:read' },
    schema: {
      tags: ['audit'],
      summary: 'What changed in one mirrored record, newest first',
      description:
        'One line a change, with the changed columns only; lines, prices and allocations as counts and changed fields. ' +
        'Records that a bulk run brought, and what their first documents filled in, have no line.',
      params: z.object({
        entity: z
          .string()
          .regex(/^[a-z_]{1,60}$/)
          .meta({ description: 'Table of the record', example: 'products' }),
        id: z.string().min(1).max(200).meta({ description: "Zoho's id", example: '4873910000000012001' }),
      }),
      querystring: z.object({
        limit: z.coerce.number().int().min(1).max(500).default(50),
        after: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional().meta({
          description: '`next` of the page before',
        }),
      }),
      response: { 200: pageOf.meta({ example }) },
    },
    handler: async ({ params: { entity, id }, query }) => {
      const page = await ctx.audit.list({ kind: 'rows', subject: `${entity}/${id}`, ...query })
      return { ...page, items: page.items.map(toLine) }
    },
  })
}
