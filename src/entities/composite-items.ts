import { defineEntity } from './entity.ts'
import { decimal, type Field, id, isOneOf, text, time } from './field.ts'
import { baseCurrency } from './parts/base-currency.ts'
import { childKey, position, under } from './parts/children.ts'
import { stockKeys } from './parts/stock-keys.ts'

const shared = {
  name: text('name'),
  sku: text('sku'),
  combo_type: text('combo_type'),
  unit: text('unit'),
  unit_price: decimal('rate'),
  currency_code: baseCurrency,
  description: text('description'),
  is_active: isOneOf('status', 'active'),
  zoho_created_at: time('created_time'),
  zoho_last_modified_at: time('last_modified_time'),
} satisfies Record<string, Field>

/** Parts show pictures and stock of their items as they are now; products has them. */
const shownOfParts = [
  ...stockKeys,
  'purchase_rate',
  'purchase_description',
  'image_name',
  'image_type',
  'image_document_id',
].map((key) => `mapped_items.${key}`)

/** Zoho Inventory `/compositeitems`: items that are put together from others. Lists give the item, details its parts. */
export default defineEntity({
  name: 'composite_items',
  order: 45,
  id: { fields: ['composite_item_id'], column: 'zoho_composite_item_id' },
  lane: 'read',
  webhook: {
    modules: [
      'composite-items',
      'composite-item',
      'composite_items',
      'composite_item',
      'compositeitems',
      'compositeitem',
    ],
    wrappers: ['composite_item'],
  },
  list: {
    product: 'inventory',
    path: '/compositeitems',
    keys: ['composite_items'],
    paged: true,
    query: { filter_by: 'Status.All' },
    stableSort: 'created_time',
    modifiedSince: { parameter: 'last_modified_time', sort: 'last_modified_time' },
  },
  read: {
    kind: 'single',
    product: 'inventory',
    path: (compositeItemId) => `/compositeitems/${compositeItemId}`,
    keys: ['composite_item'],
  },
  details: { when: 'changed', age: 'zoho_last_modified_at' },
  timetable: [
    { mode: 'full', cron: '12 2 * * *' },
    { mode: 'incremental', cron: '5-59/15 * * * *' },
  ],
  views: {
    list: { keepsDocument: false, columns: shared, volatile: stockKeys },
    detail: { keepsDocument: true, columns: shared, volatile: [...stockKeys, ...shownOfParts] },
  },
  guarded: ['is_active', 'unit_price'],
  links: [{ column: 'product_id', reference: 'zoho_composite_item_id', parent: 'products', parentKey: 'zoho_item_id' }],
  children: [
    {
      table: 'composite_item_components',
      owner: { reference: 'zoho_composite_item_id', column: 'composite_item_id' },
      key: { zoho_line_item_id: childKey('line_item_id') },
      rows: under('mapped_items'),
      columns: {
        position,
        zoho_item_id: id('item_id'),
        name: text('name'),
        sku: text('sku'),
        description: text('description'),
        unit: text('unit'),
        quantity: decimal('quantity'),
        rate: decimal('rate'),
        currency_code: baseCurrency,
      },
      links: [{ column: 'product_id', reference: 'zoho_item_id', parent: 'products', parentKey: 'zoho_item_id' }],
    },
  ],
})
