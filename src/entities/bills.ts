import { defineEntity } from './entity.ts'
import { date, decimal, type Field, id } from './field.ts'
import { balances, totals } from './parts/checks.ts'
import { head, sums } from './parts/document.ts'
import { linesOf, pricedLineColumns } from './parts/lines.ts'
import { vendor } from './parts/party.ts'
import { stockOfLines } from './parts/stock-of-lines.ts'

/** What suppliers charged us. */
const shared = {
  ...head('bill_number'),
  ...vendor.columns,
  due_date: date('due_date'),
  exchange_rate: decimal('exchange_rate'),
  balance: decimal('balance'),
} satisfies Record<string, Field>

const items = {
  table: 'bill_items',
  owner: { reference: 'zoho_bill_id', column: 'bill_id' },
  columns: {
    ...pricedLineColumns(),
    quantity_received: decimal('quantity_received'),
    zoho_purchaseorder_id: id('purchaseorder_id'),
    zoho_purchaseorder_item_id: id('purchaseorder_item_id'),
  },
}

export default defineEntity({
  name: 'bills',
  order: 95,
  id: { fields: ['bill_id'], column: 'zoho_bill_id' },
  lane: 'read',
  webhook: {
    modules: ['bills', 'bill'],
    wrappers: ['bill'],
    rule: { product: 'books', entity: 'bill', label: 'Bills' },
  },
  list: {
    product: 'books',
    path: '/bills',
    keys: ['bills'],
    paged: true,
    query: { filter_by: 'Status.All' },
    stableSort: 'created_time',
    modifiedSince: { parameter: 'last_modified_time' },
  },
  read: { kind: 'single', product: 'books', path: (id) => `/bills/${id}`, keys: ['bill'] },
  views: {
    list: { keepsDocument: false, columns: shared },
    detail: {
      keepsDocument: true,
      volatile: ['payments', 'purchaseorders'],
      columns: {
        ...shared,
        ...sums,
        payment_made: decimal('payment_made'),
        vendor_credits_applied: decimal('vendor_credits_applied'),
      },
    },
  },
  guarded: ['total'],
  links: [vendor.link],
  children: [linesOf(items)],
  details: { when: 'changed', age: 'date' },
  checks: [
    ...totals({ table: 'bills', id: 'zoho_bill_id', lines: 'bill_items' }),
    ...balances({
      table: 'bills',
      id: 'zoho_bill_id',
      party: 'zoho_vendor_id',
      payments: { table: 'vendor_payments', allocations: 'vendor_payment_allocations' },
      creditsApplied: 'vendor_credits_applied',
    }),
  ],
  timetable: [
    { mode: 'full', cron: '40 3 * * *' },
    { mode: 'incremental', cron: '9-59/15 * * * *' },
  ],
  after: stockOfLines(items),
})
