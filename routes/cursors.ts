import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { changeOf, instant, name, reason, time } from './control-shapes.ts'
import { jsonTimes } from './json-times.ts'
import type { SyncsContext } from './syncs.ts'

const shape = z.object({
  entity_type: z.string(),
  modified_since: time
    .nullable()
    .meta({ description: 'Incremental runs ask for what is as new or newer; null: for everything' }),
  last_complete_at: time.nullable(),
  last_full_at: time.nullable(),
  verified_through: time.nullable(),
  updated_at: time.nullable(),
})
const example = {
  entity_type: 'products',
  modified_since: '2026-01-31T08:00:00.000Z',
  last_complete_at: '2026-01-31T08:00:05.000Z',
  last_full_at: '2026-01-31T02:05:00.000Z',
  verified_through: null,
  updated_at: '2026-01-31T08:00:05.000Z',
}

/** How far the lists were read, and setting that back. */
export const cursorRoutes: FastifyPluginAsyncZod<{ ctx: SyncsContext }> = async (app, { ctx: { syncs } }) => {
  app.get('/api/tds/cursors', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['syncs'],
      summary: 'How far the list of each entity was read',
      response: {
        200: z
          .object({ items: z.array(shape), total: z.int(), next: z.null() })
          .meta({ example: { items: [example], total: 1, next: null } }),
      },
    },
    handler: async () => {
      const items = jsonTimes(await syncs.cursors())
      return { items, total: items.length, next: null }
    },
  })

  app.patch('/api/tds/cursors/:entity', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['syncs'],
      summary: 'Sets a cursor back, so that the next incremental run reads more; or says what that would cost',
      description: 'Refused while a run of the entity is queued or under way: it would move the cursor again.',
      params: z.object({ entity: name.meta({ example: 'products' }) }),
      body: z
        .strictObject({
          modified_since: instant.nullable().meta({ description: 'null: the whole list' }),
          dry_run: z.boolean().default(false),
          reason,
        })
        .meta({
          example: { modified_since: '2026-01-01T00:00:00Z', dry_run: true, reason: 'edits of January were lost' },
        }),
      response: {
        200: z
          .object({
            before: shape,
            after: shape,
            records: z.int().meta({ description: 'That the next incremental run reads, by what the mirror knows' }),
            calls: z.int(),
            dry_run: z.boolean(),
          })
          .meta({
            example: {
              before: example,
              after: { ...example, modified_since: '2026-01-01T00:00:00.000Z' },
              records: 2221,
              calls: 12,
              dry_run: true,
            },
          }),
      },
    },
    handler: async (request) => {
      const { modified_since, dry_run: dryRun, reason } = request.body
      const modifiedSince = modified_since === null ? null : new Date(modified_since)
      const reset = { entityType: request.params.entity, modifiedSince, dryRun }
      return jsonTimes(await syncs.resetCursor(reset, changeOf(request, reason)))
    },
  })
}
