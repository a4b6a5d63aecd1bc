import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Images } from '../src/images/index.ts'
import { after, changeOf, limit, name, reason, time } from './control-shapes.ts'
import { jsonTimes } from './json-times.ts'
import { startedShape } from './sync-shapes.ts'
import type { SyncsContext } from './syncs.ts'

export interface ImagesAdminContext extends SyncsContext {
  readonly images: Pick<Images, 'list'>
}

const status = z.enum(['present', 'none', 'broken', 'refused', 'too_large'])
const shape = z.object({
  id: z.int(),
  zoho_item_id: z.string(),
  sku: z.string().nullable(),
  name: z.string().nullable(),
  status,
  reason: z.string().nullable(),
  file_name: z.string().nullable(),
  image_url: z.string().nullable(),
  content_type: z.string().nullable(),
  bytes: z.int().nullable(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  synced_at: time,
})
const example = {
  id: 1,
  zoho_item_id: '460000000026049',
  sku: 'TSH-0001',
  name: 'Router',
  status: 'present' as const,
  reason: null,
  file_name: 'item_460000000026049_router.jpg',
  image_url: '/static/images/products/item_460000000026049_router.jpg',
  content_type: 'image/jpeg',
  bytes: 48210,
  width: 800,
  height: 800,
  synced_at: '2026-01-31T08:00:00.000Z',
}

/** The pictures as the mirror knows them, and their sync. */
export const imageAdminRoutes: FastifyPluginAsyncZod<{ ctx: ImagesAdminContext }> = async (app, { ctx }) => {
  const { images, syncs } = ctx

  app.get('/api/tds/images', {
    config: { scope: 'stats:read' },
    schema: {
      tags: ['images'],
      summary: 'What is known of the pictures: those that are here, and why others are not',
      querystring: z.object({ limit, after, status: status.optional(), item: name.optional() }),
      response: {
        200: z
          .object({ items: z.array(shape), total: z.int(), next: z.int().nullable() })
          .meta({ example: { items: [example], total: 1, next: null } }),
      },
    },
    handler: async ({ query: { item, ...query } }) => jsonTimes(await images.list({ ...query, zoho_item_id: item })),
  })

  app.post('/api/tds/images/sync', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['images'],
      summary: 'Loads pictures that Zoho changed, and those whose file is missing or damaged',
      description:
        'Looks at every file of the folder, removes those no row names, and asks Zoho only for what is not as it should be.',
      body: z
        .strictObject({ reason: reason.default('started over HTTP') })
        .meta({ example: { reason: 'a disk was replaced' } }),
      response: {
        202: z.object({ runs: z.array(startedShape) }).meta({
          description: 'Queued',
          example: { runs: [{ id: 19, entity_type: 'product_images', mode: 'images', status: 'queued' }] },
        }),
      },
    },
    handler: async (request, reply) => {
      const runs = await syncs.start({ mode: 'images', trigger: 'api' }, changeOf(request, request.body.reason))
      return reply.code(202).send({
        runs: runs.map(({ id, entity_type, mode, status }) => ({ id, entity_type, mode, status })),
      })
    },
  })
}
