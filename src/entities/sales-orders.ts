import { defineEntity } from './entity.ts'
import { date, decimal, type Field } from './field.ts'
import { totals } from './parts/checks.ts'
import { head, sums } from './parts/document.ts'
import { linesOf, pricedLineColumns } from './parts/lines.ts'
import { otherView } from './parts/other-view.ts'
import { customer } from './parts/party.ts'
import { stockOfLines } from './parts/stock-of-lines.ts'
import { word } from './parts/word.ts'

/** What customers ordered, as Books has it: the financial view. What was packed and shipped comes from Inventory. */
const shared = {
  ...head('salesorder_number'),
  ...customer.columns,
  // An order is due on the day it should be shipped.
  due_date: date('shipment_date'),
  sub_total: decimal('sub_total'),
  balance: decimal('balance'),
  order_status: word('order_status'),
  invoiced_status: word('invoiced_status'),
  paid_status: word('paid_status'),
  shipped_status: word('shipped_status'),
} satisfies Record<string, Field>

const items = {
  table: 'sales_order_items',
  owner: { reference: 'zoho_salesorder_id', column: 'sales_order_id' },
  columns: pricedLineColumns(),
}

const stock = stockOfLines(items)

export default defineEntity({
  name: 'sales_orders',
  order: 80,
  id: { fields: ['salesorder_id'], column: 'zoho_salesorder_id' },
  lane: 'read',
  webhook: {
    modules: [
      'orders',
      'order',
      'sales_orders',
      'sales_order',
      'sales-orders',
      'sales-order',
      'salesorders',
      'salesorder',
    ],
    wrappers: ['salesorder', 'sales_order', 'order'],
    rule: { product: 'books', entity: 'salesorder', label: 'Sales Orders' },
  },
  list: {
    product: 'books',
    path: '/salesorders',
    keys: ['salesorders'],
    paged: true,
    query: { filter_by: 'Status.All' },
    stableSort: 'created_time',
    modifiedSince: { parameter: 'last_modified_time', sort: 'last_modified_time' },
  },
  // Zoho's own description draws the detail as a list of one.
  read: { kind: 'single', product: 'books', path: (id) => `/salesorders/${id}`, keys: ['salesorder'] },
  views: {
    list: { keepsDocument: false, columns: shared },
    detail: { keepsDocument: true, columns: { ...shared, ...sums }, volatile: ['invoices'] },
  },
  // Totals do not turn to nothing in numbers; balances do, whenever people pay.
  guarded: ['total'],
  links: [customer.link],
  children: [linesOf(items)],
  details: { when: 'changed', age: 'date' },
  checks: totals({ table: 'sales_orders', id: 'zoho_salesorder_id', lines: 'sales_order_items' }),
  timetable: [
    { mode: 'full', cron: '0 3 * * *' },
    { mode: 'incremental', cron: '3-59/10 * * * *' },
  ],
  async after(tx, written) {
    return [...(await stock(tx, written)), ...otherView('sales_orders_inventory', written)]
  },
})
