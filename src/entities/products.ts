import { sql, type Tx } from '../../db/index.ts'
import { defineEntity, type FollowUp, type Written } from './entity.ts'
import { absent, decimal, type Field, id, isOneOf, type JsonObject, text, time } from './field.ts'
import { itemDetails } from './item-details.ts'
import { arabicDescription, arabicName } from './parts/arabic.ts'
import { baseCurrency } from './parts/base-currency.ts'
import { recomputePrices } from './parts/computed-prices.ts'

/**
 * Zoho Inventory items. The list carries nearly every typed column but neither the custom fields in full nor the stock
 * by location; both come with `/itemdetails`, which is therefore read after a list row showed a change.
 */
const shared = {
  sku: text('sku'),
  name: text((row) => ('name' in row ? row.name : 'item_name' in row ? row.item_name : absent)),
  description: text('description'),
  unit_price: decimal('rate'),
  cost_price: decimal('purchase_rate'),
  currency_code: baseCurrency,
  stock_on_hand: decimal('stock_on_hand'),
  available_stock: decimal('available_stock'),
  actual_available_stock: decimal('actual_available_stock'),
  reorder_level: decimal('reorder_level'),
  unit: text('unit'),
  brand: text('brand'),
  manufacturer: text('manufacturer'),
  item_type: text('item_type'),
  product_type: text('product_type'),
  zoho_category_id: id((row) => (row.category_id === '-1' ? null : 'category_id' in row ? row.category_id : absent)),
  category_name: text('category_name'),
  is_active: isOneOf('status', 'active'),
  image_document_id: text(imageDocumentId),
  image_name: text('image_name'),
  zoho_created_at: time('created_time'),
  zoho_last_modified_at: time('last_modified_time'),
} satisfies Record<string, Field>

export default defineEntity({
  name: 'products',
  order: 30,
  id: { fields: ['item_id'], column: 'zoho_item_id' },
  lane: 'read',
  webhook: {
    modules: ['products', 'product', 'items', 'item'],
    wrappers: ['item', 'product'],
    rule: { product: 'books', entity: 'item', label: 'Items' },
  },
  list: {
    product: 'inventory',
    path: '/items',
    keys: ['items'],
    paged: true,
    query: { filter_by: 'Status.All' },
    stableSort: 'created_time',
    modifiedSince: { parameter: 'last_modified_time', sort: 'last_modified_time' },
  },
  read: itemDetails,
  views: {
    list: {
      keepsDocument: false,
      columns: {
        ...shared,
        name_ar: text(arabicName('list', 'name', 'item_name')),
        description_ar: text(arabicDescription('list')),
      },
    },
    detail: {
      keepsDocument: true,
      columns: {
        ...shared,
        name_ar: text(arabicName('detail', 'name', 'item_name')),
        description_ar: text(arabicDescription('detail')),
      },
    },
  },
  // Edits every ten minutes; moved stock, which has no time of its own, every fifteen by the list rows.
  sweep: 'list',
  timetable: [
    { mode: 'full', cron: '5 2 * * *' },
    { mode: 'incremental', cron: '*/10 * * * *' },
    { mode: 'sweep', cron: '7-59/15 * * * *' },
  ],
  guarded: ['is_active', 'stock_on_hand', 'actual_available_stock', 'unit_price'],
  links: [
    { column: 'category_id', reference: 'zoho_category_id', parent: 'categories', parentKey: 'zoho_category_id' },
  ],
  after,
})

/** A detail may leave the document id out; an empty file name then still says that there is no picture. */
function imageDocumentId(row: JsonObject): unknown {
  if ('image_document_id' in row) return row.image_document_id
  return row.image_name === '' ? '' : absent
}

/** Prices computed from it follow; a changed list row asks for the document behind it, a changed picture for the picture, a changed part for what it is part of. */
async function after(tx: Tx, written: readonly Written[]): Promise<readonly FollowUp[]> {
  await recomputePrices(tx, { items: written.map(({ sourceEntityId }) => sourceEntityId) })
  const fromLists = written.filter(({ view, change }) => view === 'list' && change !== 'deleted')
  const details = fromLists.map(({ sourceEntityId }) => ({ entityType: 'inventory_items', sourceEntityId }))
  const { rows } = await sql<{ zoho_item_id: string }>`
    select p.zoho_item_id
    from products p left join product_images i on i.zoho_item_id = p.zoho_item_id
    where p.zoho_item_id in (select value from jsonb_array_elements_text(${JSON.stringify(written.map((each) => each.sourceEntityId))}::jsonb))
      and (case when p.deleted_at is null then (p.image_document_id, p.image_name) else (null::text, null::text) end)
        is distinct from (i.image_document_id, i.image_name)`.execute(tx)
  return [
    ...details,
    ...(await composites(tx, written)),
    ...rows.map((row) => ({ entityType: 'product_images', sourceEntityId: row.zoho_item_id })),
  ]
}

/** A composite item shows name, number and price of its parts as they are now, and is not modified when they move. */
async function composites(tx: Tx, written: readonly Written[]): Promise<readonly FollowUp[]> {
  const changed = written.filter(({ change }) => change !== 'deleted').map(({ sourceEntityId }) => sourceEntityId)
  const { rows } = await sql<{ id: string }>`
    select distinct c.zoho_composite_item_id as id
    from composite_item_components c join products p on p.zoho_item_id = c.zoho_item_id
    where c.zoho_item_id in (select value from jsonb_array_elements_text(${JSON.stringify(changed)}::jsonb))
      and c.deleted_at is null
      and (c.name, c.sku, c.unit, c.description, c.rate) is distinct from (p.name, p.sku, p.unit, p.description, p.unit_price)
    order by 1`.execute(tx)
  return rows.map(({ id }) => ({ entityType: 'composite_items', sourceEntityId: id }))
}
