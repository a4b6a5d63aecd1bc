import { defineEntity } from './entity.ts'
import { date, decimal, type Field, id } from './field.ts'
import { allocationsOf } from './parts/allocations.ts'
import { creditBalances, totals } from './parts/checks.ts'
import { head, sums } from './parts/document.ts'
import { linesOf, pricedLineColumns } from './parts/lines.ts'
import { customer } from './parts/party.ts'
import { stockOfLines } from './parts/stock-of-lines.ts'

/** What customers were credited, and which invoices that settled. */
const shared = {
  ...head('creditnote_number'),
  ...customer.columns,
  due_date: date('due_date'),
  exchange_rate: decimal('exchange_rate'),
  balance: decimal('balance'),
} satisfies Record<string, Field>

const owner = { reference: 'zoho_creditnote_id', column: 'credit_note_id' }

const items = {
  table: 'credit_note_items',
  owner,
  columns: {
    ...pricedLineColumns(),
    zoho_invoice_id: id('invoice_id'),
    zoho_invoice_item_id: id('invoice_item_id'),
  },
}

const credited = allocationsOf({
  table: 'credit_note_invoices',
  owner,
  list: 'invoices_credited',
  entryId: ['creditnote_invoice_id', 'creditnotes_invoice_id'],
  amount: ['credited_amount', 'amount_applied'],
  appliedOn: ['credited_date', 'date'],
  settles: 'invoice',
})

export default defineEntity({
  name: 'credit_notes',
  order: 100,
  id: { fields: ['creditnote_id'], column: 'zoho_creditnote_id' },
  lane: 'read',
  webhook: {
    modules: ['credit-notes', 'credit-note', 'credit_notes', 'credit_note', 'creditnotes', 'creditnote'],
    wrappers: ['creditnote', 'credit_note'],
    rule: { product: 'books', entity: 'creditnote', label: 'Credit Notes' },
  },
  list: {
    product: 'books',
    path: '/creditnotes',
    keys: ['creditnotes'],
    paged: true,
    query: { filter_by: 'Status.All' },
    stableSort: 'created_time',
    // Undocumented, yet clients send it: the self-test decides, and the whole list is read where it is ignored.
    modifiedSince: { parameter: 'last_modified_time' },
  },
  read: { kind: 'single', product: 'books', path: (id) => `/creditnotes/${id}`, keys: ['creditnote'] },
  views: {
    list: { keepsDocument: false, columns: shared },
    detail: {
      keepsDocument: true,
      columns: {
        ...shared,
        ...sums,
        total_credits_used: decimal('total_credits_used'),
        total_refunded_amount: decimal('total_refunded_amount'),
      },
    },
  },
  guarded: ['total'],
  links: [customer.link],
  children: [linesOf(items), credited],
  details: { when: 'changed', age: 'date' },
  checks: [
    ...totals({ table: 'credit_notes', id: 'zoho_creditnote_id', lines: 'credit_note_items' }),
    ...creditBalances({
      table: 'credit_notes',
      id: 'zoho_creditnote_id',
      used: 'total_credits_used',
      refunded: 'total_refunded_amount',
      allocations: 'credit_note_invoices',
    }),
  ],
  timetable: [
    { mode: 'full', cron: '48 3 * * *' },
    { mode: 'incremental', cron: '13-59/15 * * * *' },
  ],
  after: stockOfLines(items),
})
