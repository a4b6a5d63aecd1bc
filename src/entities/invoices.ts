import { defineEntity } from './entity.ts'
import { date, decimal, type Field, id } from './field.ts'
import { balances, totals } from './parts/checks.ts'
import { head, sums } from './parts/document.ts'
import { linesOf, pricedLineColumns } from './parts/lines.ts'
import { customer } from './parts/party.ts'
import { stockOfLines } from './parts/stock-of-lines.ts'

/** What customers were charged. A draft or void one keeps its balance: nothing may sum balances without its status. */
const shared = {
  ...head('invoice_number'),
  ...customer.columns,
  due_date: date('due_date'),
  exchange_rate: decimal('exchange_rate'),
  shipping_charge: decimal('shipping_charge'),
  adjustment: decimal('adjustment'),
  balance: decimal('balance'),
  write_off_amount: decimal('write_off_amount'),
} satisfies Record<string, Field>

const items = {
  table: 'invoice_items',
  owner: { reference: 'zoho_invoice_id', column: 'invoice_id' },
  columns: { ...pricedLineColumns(), zoho_salesorder_item_id: id('salesorder_item_id') },
}

export default defineEntity({
  name: 'invoices',
  order: 90,
  id: { fields: ['invoice_id'], column: 'zoho_invoice_id' },
  lane: 'read',
  webhook: {
    modules: ['invoices', 'invoice'],
    wrappers: ['invoice'],
    rule: { product: 'books', entity: 'invoice', label: 'Invoices' },
  },
  list: {
    product: 'books',
    path: '/invoices',
    keys: ['invoices'],
    paged: true,
    query: { filter_by: 'Status.All' },
    stableSort: 'created_time',
    modifiedSince: { parameter: 'last_modified_time' },
  },
  read: { kind: 'single', product: 'books', path: (id) => `/invoices/${id}`, keys: ['invoice'] },
  views: {
    list: { keepsDocument: false, columns: shared },
    detail: {
      keepsDocument: true,
      volatile: ['salesorders', 'credits_associated'],
      columns: {
        ...shared,
        ...sums,
        payment_made: decimal('payment_made'),
        credits_applied: decimal('credits_applied'),
        zoho_salesorder_id: id('salesorder_id'),
      },
    },
  },
  // Totals do not turn to nothing in numbers; balances do, whenever people pay.
  guarded: ['total'],
  links: [customer.link],
  children: [linesOf(items)],
  details: { when: 'changed', age: 'date' },
  checks: [
    ...totals({ table: 'invoices', id: 'zoho_invoice_id', lines: 'invoice_items' }),
    ...balances({
      table: 'invoices',
      id: 'zoho_invoice_id',
      party: 'zoho_customer_id',
      payments: { table: 'customer_payments', allocations: 'customer_payment_allocations' },
      credits: { table: 'credit_notes', allocations: 'credit_note_invoices' },
      creditsApplied: 'credits_applied',
      writtenOff: 'write_off_amount',
    }),
  ],
  timetable: [
    { mode: 'full', cron: '30 3 * * *' },
    { mode: 'incremental', cron: '4-59/10 * * * *' },
  ],
  after: stockOfLines(items),
})
