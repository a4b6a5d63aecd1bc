import { effectsOf } from '../documents/apply.ts'
import { currencyOf } from '../documents/currency.ts'
import { displayTime } from '../documents/dates.ts'
import { dateFilters, mentions } from '../documents/filters.ts'
import { billPayments, vendorPaymentKind } from '../documents/kinds.ts'
import { linesOf } from '../documents/lines.ts'
import { completePayment } from '../documents/payment.ts'
import { addressesOf, only, userName } from '../documents/shown.ts'
import { inBase } from '../documents/totals.ts'
import { fixedId } from '../ids.ts'
import { type Fields, textOf } from '../json.ts'
import { unitsOf } from '../money.ts'
import {
  contains,
  equals,
  modifiedSince,
  named,
  type Resource,
  type StoredRecord,
  type View,
  type World,
} from '../resource.ts'
import { seedVendorPayments } from '../seed/payments.ts'

// Books only: Inventory has no vendor payments.
const view: View = {
  path: '/vendorpayments',
  listKey: 'vendorpayments',
  detailKey: 'vendorpayment',
  paged: true,
  reportName: 'Payments Made',
  defaultFilter: 'PaymentMode.All',
  sort: { columns: ['vendor_name', 'date', 'reference_number', 'amount', 'balance'], column: 'date', order: 'D' },
  filters: {
    filter_by: named({ 'PaymentMode.All': () => true }),
    ...dateFilters(),
    vendor_id: equals('vendor_id'),
    bill_id: mentions('bill_id', 'bills'),
    last_modified_time: modifiedSince,
    search_text: contains('payment_number', 'reference_number', 'vendor_name'),
  },
  listRow,
  detail,
}

export const vendorpayments: Resource = {
  name: 'vendorpayments',
  idField: 'payment_id',
  label: 'Vendor Payment',
  webhook: { module: 'vendor-payments', envelope: 'vendorpayment', product: 'books' },
  blank: vendorPaymentKind.blank,
  prepare: (fields, world, given) => completePayment(vendorPaymentKind, fields, world, given),
  effects: effectsOf(billPayments),
  seed: seedVendorPayments,
  views: { books: view },
}

function listRow(payment: StoredRecord, world: World): Fields {
  const { fields } = payment
  const currency = currencyOf(textOf(fields.currency_code), world)
  const bcy = (key: string) => inBase(unitsOf(fields[key], currency.precision), fields.exchange_rate, currency)
  return {
    payment_id: payment.id,
    ...only(fields, rowKeys),
    bill_numbers: linesOf(fields, 'bills')
      .map(({ bill_number }) => textOf(bill_number))
      .join(', '),
    payment_mode_formatted: fields.payment_mode ?? '',
    bcy_amount: bcy('amount'),
    bcy_balance: bcy('balance'),
    ...paidThrough(world),
    check_details: {},
    has_attachment: false,
    ach_payment_status: '',
    documents: '',
    tags: [],
  }
}

function detail(payment: StoredRecord, world: World): Fields {
  const { fields } = payment
  const { billing_address = {} } = addressesOf(fields, fields.vendor_id, world, 'zip')
  return {
    payment_id: payment.id,
    ...detailConstants,
    ...paidThrough(world),
    ...fields,
    billing_address,
    created_by_id: fixedId(world, 'user 1'),
    created_by_name: userName,
    bills: linesOf(fields, 'bills').map((entry) => billOf(entry, fields, world)),
    comments: [commentOf(payment, world)],
    documents: [],
  }
}

function billOf(entry: Fields, payment: Fields, world: World): Fields {
  const bill = world.store.get('bills', textOf(entry.bill_id))?.fields ?? {}
  return {
    price_precision: payment.price_precision ?? 2,
    is_opening_balance: false,
    unprocessed_payment_amount: 0,
    tax_amount_withheld: 0,
    ...only(bill, ['total', 'balance', 'date', 'due_date']),
    ...entry,
  }
}

const commentOf = ({ id, fields }: StoredRecord, world: World): Fields => ({
  comment_id: `${id.slice(0, -3)}999`,
  description: 'Payment made',
  commented_by_id: fixedId(world, 'user 1'),
  commented_by: userName,
  date: textOf(fields.created_time).slice(0, 10),
  time: displayTime(textOf(fields.created_time)).slice(12),
  operation_type: 'Added',
})

const paidThrough = (world: World): Fields => ({
  paid_through_account_id: fixedId(world, 'account Petty Cash'),
  paid_through_account_name: 'Petty Cash',
  paid_through_account_type: 'cash',
})

const rowKeys = [
  ...['payment_number', 'vendor_id', 'vendor_name', 'status', 'payment_mode', 'date', 'amount', 'balance'],
  ...['currency_id', 'currency_code', 'exchange_rate', 'reference_number', 'description', 'created_time'],
  'last_modified_time',
]

const detailConstants: Fields = {
  bank_charges: 0,
  check_details: {},
  is_ach_payment: false,
  is_paid_via_print_check: false,
  tax_amount_withheld: 0,
  vendorpayment_refunds: [],
  imported_transactions: [],
  custom_fields: [],
  custom_field_hash: {},
  approvers_list: [],
  tags: [],
}
