import { defineEntity } from './entity.ts'
import { boolean, date, decimal, type Field, id } from './field.ts'
import { totals } from './parts/checks.ts'
import { head, sums } from './parts/document.ts'
import { firstSaid } from './parts/first-of.ts'
import { linesOf, pricedLineColumns } from './parts/lines.ts'
import { otherView } from './parts/other-view.ts'
import { vendor } from './parts/party.ts'
import { stockOfLines } from './parts/stock-of-lines.ts'
import { word } from './parts/word.ts'

/** What we ordered from suppliers, as Books has it. What came of it, by line, is Inventory's to say. */
const shared = {
  ...head('purchaseorder_number'),
  ...vendor.columns,
  // An order is due on the day it should be delivered.
  due_date: date('delivery_date'),
  expected_delivery_date: date('expected_delivery_date'),
  order_status: word('order_status'),
  billed_status: word('billed_status'),
  received_status: word('received_status'),
  quantity_yet_to_receive: decimal('quantity_yet_to_receive'),
  quantity_marked_as_received: decimal('quantity_marked_as_received'),
  is_marked_as_received: boolean(firstSaid('is_po_marked_as_received')),
} satisfies Record<string, Field>

const items = {
  table: 'purchase_order_items',
  owner: { reference: 'zoho_purchaseorder_id', column: 'purchase_order_id' },
  columns: {
    ...pricedLineColumns('purchase_rate'),
    quantity_billed: decimal('quantity_billed'),
    quantity_cancelled: decimal('quantity_cancelled'),
    quantity_marked_as_received: decimal('quantity_marked_as_received'),
  },
}

const stock = stockOfLines(items)

export default defineEntity({
  name: 'purchase_orders',
  order: 85,
  id: { fields: ['purchaseorder_id'], column: 'zoho_purchaseorder_id' },
  lane: 'read',
  webhook: {
    modules: [
      ...['purchase-orders', 'purchase-order', 'purchase_orders', 'purchase_order'],
      ...['purchaseorders', 'purchaseorder'],
    ],
    wrappers: ['purchaseorder', 'purchase_order'],
    rule: { product: 'books', entity: 'purchaseorder', label: 'Purchase Orders' },
  },
  list: {
    product: 'books',
    path: '/purchaseorders',
    keys: ['purchaseorders'],
    paged: true,
    query: { filter_by: 'Status.All' },
    // No sort is asked for: a live list was seen to answer in its own order whatever one asked.
    modifiedSince: { parameter: 'last_modified_time' },
  },
  // Inventory's description names the detail `purchase_order`; live replies do not.
  read: {
    kind: 'single',
    product: 'books',
    path: (id) => `/purchaseorders/${id}`,
    keys: ['purchaseorder', 'purchase_order'],
  },
  views: {
    list: { keepsDocument: false, columns: shared },
    detail: {
      keepsDocument: true,
      volatile: ['bills'],
      columns: { ...shared, ...sums, zoho_salesorder_id: id('salesorder_id') },
    },
  },
  guarded: ['total'],
  links: [vendor.link],
  children: [linesOf(items)],
  details: { when: 'changed', age: 'date' },
  checks: totals({ table: 'purchase_orders', id: 'zoho_purchaseorder_id', lines: 'purchase_order_items' }),
  timetable: [
    { mode: 'full', cron: '16 3 * * *' },
    { mode: 'incremental', cron: '6-59/15 * * * *' },
  ],
  async after(tx, written) {
    return [...(await stock(tx, written)), ...otherView('purchase_orders_inventory', written)]
  },
})
