import { defineEntity, type ReadPlan } from './entity.ts'
import { boolean, type Field, id, text } from './field.ts'
import { percentage } from './parts/percentage.ts'
import { stockKeys } from './parts/stock-keys.ts'

/** Everything here is of Books alone; what both products tell of an item is written by `products`. */
const columns = {
  zoho_tax_id: id('tax_id'),
  tax_name: text('tax_name'),
  tax_percentage: percentage('tax_percentage'),
  zoho_sales_account_id: id('account_id'),
  sales_account_name: text('account_name'),
  zoho_purchase_account_id: id('purchase_account_id'),
  purchase_account_name: text('purchase_account_name'),
  purchase_description: text('purchase_description'),
  can_be_sold: boolean('can_be_sold'),
  can_be_purchased: boolean('can_be_purchased'),
  track_inventory: boolean('track_inventory'),
  vendor_name: text('vendor_name'),
} satisfies Record<string, Field>

const booksItemDetails: ReadPlan = {
  kind: 'bulk',
  product: 'books',
  path: '/itemdetails',
  parameter: 'item_ids',
  keys: ['items'],
  size: 100,
  view: 'books_detail',
  single: { path: (itemId) => `/items/${itemId}`, keys: ['item'] },
  feeds: ['products_books'],
}

/**
 * The accountants' side of an item, from Books `/items`: neither a modification filter nor a sort by one, so each full
 * list is compared. Its list rows have every column, so no detail is asked for; the order by name is the steadiest.
 */
export default defineEntity({
  name: 'products_books',
  joins: { entity: 'products', readAtColumn: 'books_read_at', documentColumn: 'books_data' },
  order: 31,
  id: { fields: ['item_id'], column: 'zoho_item_id' },
  lane: 'read',
  webhook: { modules: ['items-books'], wrappers: ['item'] },
  list: {
    product: 'books',
    view: 'books',
    path: '/items',
    keys: ['items'],
    paged: true,
    query: { filter_by: 'Status.All' },
    stableSort: 'name',
  },
  read: booksItemDetails,
  timetable: [{ mode: 'full', cron: '10 2 * * *' }],
  views: {
    books: { keepsDocument: false, columns, volatile: stockKeys },
    books_detail: { keepsDocument: true, columns, volatile: stockKeys },
  },
})
