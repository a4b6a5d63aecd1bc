import { effectsOf } from '../documents/apply.ts'
import { currencyOf } from '../documents/currency.ts'
import { dateFilters } from '../documents/filters.ts'
import { customerPaymentKind, invoicePayments } from '../documents/kinds.ts'
import { linesOf } from '../documents/lines.ts'
import { completePayment } from '../documents/payment.ts'
import { only, userName } from '../documents/shown.ts'
import { inBase } from '../documents/totals.ts'
import { fixedId } from '../ids.ts'
import { type Fields, textOf } from '../json.ts'
import { unitsOf } from '../money.ts'
import { contains, equals, named, type Resource, type StoredRecord, type View, type World } from '../resource.ts'
import { seedCustomerPayments } from '../seed/payments.ts'

const mode =
  (wanted: string) =>
  ({ fields }: StoredRecord) =>
    fields.payment_mode === wanted

// Neither a modification filter nor other sorts than by date are documented; asked for, they are ignored in silence.
const view: View = {
  path: '/customerpayments',
  listKey: 'customerpayments',
  detailKey: 'payment',
  paged: true,
  reportName: 'Payments Received',
  defaultFilter: 'PaymentMode.All',
  sort: { columns: ['date'], column: 'date', order: 'D' },
  filters: {
    filter_by: named({
      'PaymentMode.All': () => true,
      'PaymentMode.Cash': mode('cash'),
      'PaymentMode.Check': mode('check'),
      'PaymentMode.BankTransfer': mode('banktransfer'),
    }),
    ...dateFilters(),
    customer_id: equals('customer_id'),
    payment_mode: equals('payment_mode'),
    search_text: contains('payment_number', 'reference_number', 'customer_name'),
  },
  listRow,
  detail,
}

export const customerpayments: Resource = {
  name: 'customerpayments',
  idField: 'payment_id',
  label: 'Payment',
  webhook: { module: 'payments', envelope: 'payment', product: 'books' },
  blank: customerPaymentKind.blank,
  prepare: (fields, world, given) => completePayment(customerPaymentKind, fields, world, given),
  effects: effectsOf(invoicePayments),
  seed: seedCustomerPayments,
  views: { books: view, inventory: view },
}

function listRow(payment: StoredRecord, world: World): Fields {
  const { fields } = payment
  const currency = currencyOf(textOf(fields.currency_code), world)
  const bcy = (key: string) => inBase(unitsOf(fields[key], currency.precision), fields.exchange_rate, currency)
  const numbers = linesOf(fields, 'invoices').map(({ invoice_number }) => textOf(invoice_number))
  return {
    payment_id: payment.id,
    ...only(fields, rowKeys),
    payment_mode_formatted: fields.payment_mode ?? '',
    invoice_numbers: numbers.join(', '),
    bcy_amount: bcy('amount'),
    bcy_unused_amount: bcy('unused_amount'),
    account_id: fixedId(world, `account ${accountName}`),
    account_name: accountName,
    ...rowConstants,
    payment_type: numbers.length === 0 ? 'Customer Advance' : 'Invoice Payment',
  }
}

function detail(payment: StoredRecord, world: World): Fields {
  // The detail calls the modification time `updated_time`.
  const { last_modified_time = '', ...fields } = payment.fields
  return {
    payment_id: payment.id,
    ...detailConstants,
    account_id: fixedId(world, `account ${accountName}`),
    account_name: accountName,
    ...fields,
    updated_time: last_modified_time,
    created_by: userName,
    payment_number_suffix: fields.payment_number ?? '',
    invoices: linesOf(fields, 'invoices').map((entry) => invoiceOf(entry, fields, world)),
    documents: [],
  }
}

function invoiceOf(entry: Fields, payment: Fields, world: World): Fields {
  const invoice = world.store.get('invoices', textOf(entry.invoice_id))?.fields ?? {}
  return {
    invoice_customer_id: '',
    invoice_customer_name: '',
    tax_amount_withheld: 0,
    discount_amount: 0,
    ...only(invoice, ['total', 'balance', 'date', 'due_date']),
    price_precision: payment.price_precision ?? 2,
    allow_partial_payments: '',
    is_early_payment_discount_applicable: false,
    invoice_installments: [],
    ...entry,
  }
}

const accountName = 'Undeposited Funds'
const rowKeys = [
  ...['payment_number', 'date', 'payment_mode', 'amount', 'unused_amount', 'description', 'reference_number'],
  ...['customer_id', 'customer_name', 'created_time', 'last_modified_time'],
]

const rowConstants: Fields = {
  last_four_digits: '',
  gateway_transaction_id: '',
  payment_gateway: '',
  bcy_refunded_amount: 0,
  // Empty even for a payment that is applied; only the detail says to what.
  applied_invoices: [],
  has_attachment: false,
  tags: [],
  documents: '',
  custom_fields_list: '',
  tax_account_id: '',
  tax_account_name: '',
  tax_amount_withheld: 0,
  payment_status: 'paid',
  settlement_status: '',
  sales_channel: '',
}

const detailConstants: Fields = {
  sales_channel: '',
  account_identifier: '',
  payment_link_id: '',
  lock_details: { can_lock: false },
  payment_number_prefix: '',
  card_type: '',
  account_type: 'cash',
  bank_charges: 0,
  bank_charges_account_id: '',
  tax_account_id: '',
  tax_amount_withheld: 0,
  discount_amount: 0,
  online_transaction_id: '',
  payment_gateway: '',
  settlement_status: '',
  payment_status: 'paid',
  payment_refunds: [],
  deposit_details: [],
  last_four_digits: '',
  template_name: 'Standard Template',
  template_type: 'standard',
  can_send_in_mail: true,
  custom_fields: [],
  custom_field_hash: {},
  imported_transactions: [],
  rounding_mode: 'round_half_up',
  tags: [],
}
