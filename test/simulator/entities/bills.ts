import { completeDocument } from '../documents/complete.ts'
import { displayTime } from '../documents/dates.ts'
import { documentDetail } from '../documents/detail.ts'
import { dateFilters, statusFilters } from '../documents/filters.ts'
import { billKind, billPayments } from '../documents/kinds.ts'
import { linesOf } from '../documents/lines.ts'
import { settlersOf } from '../documents/links.ts'
import { dueDays, only, userName } from '../documents/shown.ts'
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
import { seedBills } from '../seed/bills.ts'

const inventory = {
  path: '/bills',
  listKey: 'bills',
  detailKey: 'bill',
  paged: true,
  reportName: 'Bills',
  defaultFilter: 'Status.All',
  sort: {
    columns: ['vendor_name', 'bill_number', 'date', 'due_date', 'total', 'balance', 'created_time'],
    column: 'created_time',
    order: 'D',
  },
  listRow,
  detail,
} satisfies View

export const bills: Resource = {
  name: 'bills',
  idField: 'bill_id',
  label: 'Bill',
  webhook: { module: 'bills', envelope: 'bill', product: 'books' },
  blank: billKind.blank,
  prepare: (fields, world, given) => completeDocument(billKind, fields, world, given),
  seed: seedBills,
  views: {
    books: {
      ...inventory,
      filters: {
        ...statusFilters(['draft', 'open', 'overdue', 'paid', 'partially_paid', 'void']),
        ...dateFilters(),
        vendor_id: equals('vendor_id'),
        purchaseorder_id: equals('purchaseorder_id'),
        last_modified_time: modifiedSince,
        search_text: contains('bill_number', 'reference_number', 'vendor_name'),
      },
    },
    // Probed on Inventory: every filter is ignored.
    inventory,
  },
}

function listRow(bill: StoredRecord, world: World): Fields {
  const { fields } = bill
  return {
    bill_id: bill.id,
    ...rowConstants,
    ...only(fields, rowKeys),
    due_days: dueDays(bill, world),
    balance_due: fields.balance ?? 0,
    current_sub_status: fields.status ?? '',
    created_time_formatted: displayTime(textOf(fields.created_time)),
    last_modified_time_formatted: displayTime(textOf(fields.last_modified_time)),
    created_by: userName,
    last_modified_by: userName,
    // An id where a boolean is expected, as recorded.
    is_opening_balance: bill.id,
  }
}

function detail(bill: StoredRecord, world: World): Fields {
  const { fields } = bill
  const order = world.store.get('purchaseorders', textOf(fields.purchaseorder_id))
  const { shipping_address: _none, ...document } = documentDetail(bill, 'vendor_id', world)
  return {
    bill_id: bill.id,
    ...detailConstants,
    ...document,
    current_sub_status: fields.status ?? '',
    entity_type: 'bill',
    created_by_id: fixedId(world, 'user 1'),
    last_modified_id: fixedId(world, 'user 1'),
    account_id: fixedId(world, 'account Accounts Payable'),
    purchaseorders: order ? [only({ ...order.fields, purchaseorder_id: order.id }, orderKeys)] : [],
    payments: paymentsOf(bill, world),
  }
}

const paymentsOf = (bill: StoredRecord, world: World): Fields[] =>
  settlersOf(billPayments, bill.id, world).flatMap(({ id, fields }) =>
    linesOf(fields, billPayments.list)
      .filter(({ bill_id }) => bill_id === bill.id)
      .map((entry) => ({
        payment_id: id,
        bill_id: bill.id,
        bill_payment_id: entry.bill_payment_id ?? '',
        amount: entry.amount_applied ?? 0,
        ...only(fields, ['payment_number', 'payment_mode', 'date', 'reference_number']),
      })),
  )

const rowKeys = [
  ...['vendor_id', 'vendor_name', 'status', 'bill_number', 'reference_number', 'date', 'due_date', 'currency_id'],
  ...['currency_code', 'price_precision', 'exchange_rate', 'total', 'balance', 'created_time', 'last_modified_time'],
]
const orderKeys = ['purchaseorder_id', 'purchaseorder_number', 'date', 'status']

const rowConstants: Fields = {
  color_code: '',
  current_sub_status_id: '',
  tds_total: 0,
  unprocessed_payment_amount: 0,
  attachment_name: '',
  has_attachment: false,
  tags: [],
  is_uber_bill: false,
  is_tally_bill: false,
  entity_type: 'bill',
  client_viewed_time: '',
  is_viewed_by_client: false,
  is_bill_reconciliation_violated: false,
}

const detailConstants: Fields = {
  source: 'Api',
  discount_setting: 'flat',
  payment_terms_label: '',
  payment_expected_date: '',
  due_by_days: '',
  due_in_days: '',
  recurring_bill_id: '',
  is_uber_bill: false,
  is_tally_bill: false,
  track_discount_in_account: false,
  unprocessed_payment_amount: 0,
  unused_credits_payable_amount: 0,
  account_name: 'Accounts Payable',
  vendor_credits: [],
  reference_id: '',
  is_approval_required: false,
  allocated_landed_costs: [],
  unallocated_landed_costs: [],
  total_retention_amount: 0,
  retention_items: [],
}
