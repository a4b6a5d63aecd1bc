import { defineEntity } from './entity.ts'

/** Pictures of items: one call each, taken by the image loader, which also writes the rows. */
export default defineEntity({
  name: 'product_images',
  order: 50,
  id: { fields: ['item_id'], column: 'zoho_item_id' },
  lane: 'image',
  webhook: { modules: ['images', 'product_images', 'product-images'], wrappers: ['item'] },
  views: {},
  timetable: [{ mode: 'images', cron: '40 2 * * *' }],
})
