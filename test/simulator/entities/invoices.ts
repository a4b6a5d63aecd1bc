import { completeDocument } from '../documents/complete.ts'
import { documentDetail } from '../documents/detail.ts'
import { dateFilters, mentions, statusFilters } from '../documents/filters.ts'
import { invoiceCredits, invoiceKind } from '../documents/kinds.ts'
import { linesOf } from '../documents/lines.ts'
import { settlersOf } from '../documents/links.ts'
import { addressesOf, authorsOf, customOf, dueDays, only, userName } from '../documents/shown.ts'
import { fixedId } from '../ids.ts'
import { type Fields, textOf } from '../json.ts'
import {
  contains,
  equals,
  modifiedSince,
  type Resource,
  type StoredRecord,
  type View,
  type World,
} from '../resource.ts'
import { seedInvoices } from '../seed/invoices.ts'

const statuses = ['draft', 'sent', 'viewed', 'overdue', 'paid', 'partially_paid', 'unpaid', 'void']

const inventory = {
  path: '/invoices',
  listKey: 'invoices',
  detailKey: 'invoice',
  paged: true,
  reportName: 'Invoices',
  defaultFilter: 'Status.All',
  // No sort by modification time is documented: asked for, the default one is echoed.
  sort: {
    columns: ['customer_name', 'invoice_number', 'date', 'due_date', 'total', 'balance', 'created_time'],
    column: 'created_time',
    order: 'D',
  },
  filters: {
    ...statusFilters(statuses),
    ...dateFilters('date'),
    ...dateFilters('due_date'),
    customer_id: equals('customer_id'),
    item_id: mentions('item_id'),
    search_text: contains('invoice_number', 'reference_number', 'customer_name'),
  },
  listRow,
  detail,
} satisfies View

export const invoices: Resource = {
  name: 'invoices',
  idField: 'invoice_id',
  label: 'Invoice',
  webhook: { module: 'invoices', envelope: 'invoice', product: 'books' },
  blank: invoiceKind.blank,
  prepare: (fields, world, given) => completeDocument(invoiceKind, fields, world, given),
  seed: seedInvoices,
  views: {
    books: {
      ...inventory,
      filters: {
        ...inventory.filters,
        ...dateFilters('created_date', 'created_time'),
        last_modified_time: modifiedSince,
      },
    },
    inventory,
  },
}

function listRow(invoice: StoredRecord, world: World): Fields {
  const { fields } = invoice
  const contact = world.store.get('contacts', textOf(fields.customer_id))?.fields ?? {}
  return {
    invoice_id: invoice.id,
    ...rowConstants,
    ...only(contact, ['company_name', 'email', 'phone']),
    ...only(fields, rowKeys),
    due_days: dueDays(invoice, world),
    ...addressesOf(fields, fields.customer_id, world, 'zipcode'),
    country: '',
    created_by: userName,
    updated_time: fields.last_modified_time ?? '',
    current_sub_status: fields.status ?? '',
    template_id: fixedId(world, 'template Standard Template'),
    ...customOf(invoice, world),
    ...(fields.status === 'draft' ? {} : { is_emailed: true, invoice_url: urlOf(invoice) }),
  }
}

function detail(invoice: StoredRecord, world: World): Fields {
  const { fields } = invoice
  const order = world.store.get('salesorders', textOf(fields.salesorder_id))
  return {
    invoice_id: invoice.id,
    ...detailConstants,
    ...documentDetail(invoice, 'customer_id', world),
    ...authorsOf(world),
    created_by_name: userName,
    created_date: textOf(fields.created_time).slice(0, 10),
    current_sub_status: fields.status ?? '',
    is_emailed: fields.status !== 'draft',
    account_id: fixedId(world, 'account Accounts Receivable'),
    salesorders: order ? [only({ ...order.fields, salesorder_id: order.id }, orderKeys)] : [],
    credits_associated: creditsOf(invoice, world),
    ...(fields.status === 'draft' ? {} : { invoice_url: urlOf(invoice) }),
  }
}

const rowKeys = [
  ...['invoice_number', 'reference_number', 'customer_id', 'customer_name', 'status', 'date', 'due_date'],
  ...['currency_id', 'currency_code', 'currency_symbol', 'exchange_rate', 'total', 'balance', 'shipping_charge'],
  ...['adjustment', 'write_off_amount', 'salesperson_id', 'salesperson_name', 'last_payment_date', 'created_time'],
  'last_modified_time',
]
const orderKeys = ['salesorder_id', 'salesorder_number', 'reference_number', 'date', 'status', 'total']

const rowConstants: Fields = {
  ach_payment_initiated: false,
  color_code: '',
  current_sub_status_id: '',
  project_name: '',
  schedule_time: '',
  unprocessed_payment_amount: 0,
  tags: [],
  is_emailed: false,
  is_viewed_by_client: false,
  client_viewed_time: '',
  has_attachment: false,
  reminders_sent: 0,
  last_reminder_sent_date: '',
  payment_expected_date: '',
  transaction_type: 'invoice',
  invoice_source: 'Client',
  sales_channel: 'direct_sales',
  documents: '',
}

const detailConstants: Fields = {
  type: 'invoice',
  invoice_source: 'Client',
  sales_channel: 'direct_sales',
  account_name: 'Accounts Receivable',
  email: '',
  recurring_invoice_id: '',
  estimate_id: '',
  is_backorder: '',
  unprocessed_payment_amount: 0,
  unused_retainer_payments: 0,
  tax_amount_withheld: 0,
  payment_terms_label: '',
  payment_reminder_enabled: true,
  payment_options: { payment_gateways: [] },
  deliverychallans: [],
  debit_notes: [],
  lock_details: { can_lock: false },
  issued_date: '',
  no_of_copies: 1,
}

// The trailing space has been seen.
const urlOf = ({ id }: StoredRecord): string => `https://pay.simulated.example/secure?CInvoiceID=${id} `

const creditsOf = (invoice: StoredRecord, world: World): Fields[] =>
  settlersOf(invoiceCredits, invoice.id, world).flatMap(({ id, fields }) =>
    linesOf(fields, invoiceCredits.list)
      .filter(({ invoice_id }) => invoice_id === invoice.id)
      .map((entry) => ({
        creditnote_id: id,
        creditnotes_number: fields.creditnote_number ?? '',
        ...only(entry, ['creditnotes_invoice_id', 'credited_amount', 'credited_date']),
      })),
  )
