import { daysBetween } from '../documents/dates.ts'
import { documentDetail } from '../documents/detail.ts'
import { linesOf } from '../documents/lines.ts'
import { linkedTo } from '../documents/links.ts'
import { orderStatus, type Progress, progressOf, quantityOf } from '../documents/progress.ts'
import { authorsOf, customOf, only } from '../documents/shown.ts'
import { type Fields, numberOf, textOf } from '../json.ts'
import { amountOf, unitsOf } from '../money.ts'
import type { StoredRecord, World } from '../resource.ts'

export function booksRow(order: StoredRecord, world: World): Fields {
  const { fields } = order
  const contact = world.store.get('contacts', textOf(fields.customer_id))?.fields ?? {}
  return {
    salesorder_id: order.id,
    ...only(fields, rowKeys),
    ...only(contact, ['company_name', 'email']),
    ...statusesOf(order, world),
    ...quantitiesOf(fields),
    shipment_days: shipmentDays(fields),
    balance: balanceOf(order, world),
    // A blank where a boolean is expected.
    is_backorder: '',
    is_drop_shipment: false,
    is_emailed: fields.status !== 'draft',
    has_attachment: false,
    sales_channel: 'direct_sales',
    color_code: '',
    current_sub_status: fields.status ?? '',
    current_sub_status_id: '',
    zcrm_potential_id: '',
    documents: '',
    tags: [],
    ...customOf(order, world),
  }
}

export function booksDetail(order: StoredRecord, world: World): Fields {
  const { fields } = order
  return {
    salesorder_id: order.id,
    ...detailConstants,
    ...documentDetail(order, 'customer_id', world),
    ...authorsOf(world),
    ...statusesOf(order, world),
    balance: balanceOf(order, world),
    current_sub_status: fields.status ?? '',
    is_emailed: fields.status !== 'draft',
    line_items: linesShown(order, world),
    invoices: invoicesOf(order, world).map(({ id, fields: own }) => only({ ...own, invoice_id: id }, invoiceKeys)),
    purchaseorders: [],
    payments: [],
  }
}

export const inventoryRow = (order: StoredRecord, world: World): Fields => ({
  ...only(booksRow(order, world), inventoryKeys),
  is_backorder: false,
})

export function inventoryDetail(order: StoredRecord, world: World): Fields {
  const { payments: _books, ...detail } = booksDetail(order, world)
  return { ...detail, is_dropshipped: false, is_backordered: false, has_unconfirmed_line_item: false }
}

const rowKeys = [
  ...['salesorder_number', 'reference_number', 'customer_id', 'customer_name', 'status', 'date', 'shipment_date'],
  ...['delivery_date', 'currency_id', 'currency_code', 'total', 'sub_total', 'bcy_total', 'salesperson_name'],
  ...['delivery_method', 'created_time', 'last_modified_time'],
]
const inventoryKeys = [
  ...['salesorder_id', 'customer_name', 'customer_id', 'status', 'salesorder_number', 'reference_number', 'date'],
  ...['shipment_date', 'shipment_days', 'quantity', 'quantity_invoiced', 'quantity_packed', 'quantity_shipped'],
  ...['currency_code', 'total', 'bcy_total', 'created_time', 'last_modified_time', 'is_emailed'],
  ...['is_drop_shipment', 'sales_channel', 'order_status', 'invoiced_status', 'paid_status', 'shipped_status'],
]
const invoiceKeys = ['invoice_id', 'invoice_number', 'status', 'date', 'due_date', 'total', 'balance']

const detailConstants: Fields = {
  estimate_id: '',
  delivery_method_id: '',
  pricebook_id: '',
  is_backorder: '',
  is_drop_shipment: false,
  sales_channel: 'direct_sales',
  has_discount: false,
  merchant_id: '',
  merchant_name: '',
  payment_terms: 0,
  payment_terms_label: 'Due on Receipt',
}

const invoicesOf = (order: StoredRecord, world: World) => linkedTo(order.id, 'invoices', 'salesorder_id', world)

function statusesOf(order: StoredRecord, world: World): Fields {
  const { fields } = order
  return {
    order_status: orderStatus(fields.status),
    invoiced_status: words('', 'partially_invoiced', 'invoiced')[progressOf(fields, 'quantity_invoiced')],
    paid_status: paidStatus(order, world),
    shipped_status: words('pending', 'partially_shipped', 'fulfilled')[progressOf(fields, 'quantity_shipped')],
  }
}

const words = (none: string, some: string, all: string): Record<Progress, string> => ({ none, some, all })

function paidStatus(order: StoredRecord, world: World): string {
  const statuses = invoicesOf(order, world).map(({ fields }) => textOf(fields.status))
  if (statuses.length === 0) return ''
  if (statuses.every((status) => status === 'paid')) return 'paid'
  return statuses.some((status) => status === 'paid' || status === 'partially_paid') ? 'partially_paid' : 'unpaid'
}

/** What of the total is not paid by invoices of the order. */
function balanceOf(order: StoredRecord, world: World) {
  const precision = numberOf(order.fields.price_precision)
  const paid = invoicesOf(order, world)
    .filter(({ fields }) => fields.status !== 'draft' && fields.status !== 'void')
    .map(({ fields }) => unitsOf(fields.total, precision) - unitsOf(fields.balance, precision))
  const left = paid.reduce((rest, units) => rest - units, unitsOf(order.fields.total, precision))
  return amountOf(left, precision, precision)
}

const quantitiesOf = (fields: Fields): Fields => ({
  quantity: quantityOf(fields, 'quantity'),
  quantity_invoiced: quantityOf(fields, 'quantity_invoiced'),
  quantity_packed: quantityOf(fields, 'quantity_packed'),
  quantity_shipped: quantityOf(fields, 'quantity_shipped'),
})

const shipmentDays = ({ date, shipment_date }: Fields): number | string =>
  date && shipment_date ? daysBetween(textOf(date), textOf(shipment_date)) : ''

const linesShown = (order: StoredRecord, world: World): Fields[] =>
  linesOf(documentDetail(order, 'customer_id', world)).map((line) => ({
    ...line,
    is_invoiced: numberOf(line.quantity_invoiced) > 0,
    is_combo_product: false,
    mapped_items: [],
  }))
