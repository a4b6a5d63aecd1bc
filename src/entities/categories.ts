import { defineEntity } from './entity.ts'
import { id, integer, text, time } from './field.ts'

/** Inventory `/categories`, undocumented: a flat tree, small, with a synthetic root row. There is no call for one. */
export default defineEntity({
  name: 'categories',
  order: 20,
  id: { fields: ['category_id'], column: 'zoho_category_id' },
  lane: 'read',
  webhook: { modules: ['categories', 'category'], wrappers: ['category'] },
  list: {
    product: 'inventory',
    path: '/categories',
    keys: ['categories'],
    paged: false,
    query: { include_root_category: 'false' },
    skip: (row) => row.category_id === '-1',
  },
  read: { kind: 'list' },
  timetable: [{ mode: 'full', cron: '1 2 * * *' }],
  views: {
    list: {
      keepsDocument: true,
      columns: {
        name: text('name'),
        zoho_parent_category_id: id((row) => (row.parent_category_id === '-1' ? null : row.parent_category_id)),
        description: text('description'),
        depth: integer('depth'),
        sort_order: integer('sibling_order'),
        zoho_created_at: time('created_time'),
        zoho_last_modified_at: time('last_modified_time'),
      },
      volatile: ['has_active_items'],
    },
  },
  links: [
    { column: 'parent_id', reference: 'zoho_parent_category_id', parent: 'categories', parentKey: 'zoho_category_id' },
  ],
})
