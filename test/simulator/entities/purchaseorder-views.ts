import { documentDetail } from '../documents/detail.ts'
import { linesOf } from '../documents/lines.ts'
import { linkedTo } from '../documents/links.ts'
import { orderStatus, progressOf, quantityOf } from '../documents/progress.ts'
import { customOf, only } from '../documents/shown.ts'
import { fixedId } from '../ids.ts'
import { type Fields, isFields, textOf } from '../json.ts'
import type { StoredRecord, World } from '../resource.ts'

export function booksRow(order: StoredRecord, world: World): Fields {
  const { fields } = order
  const contact = world.store.get('contacts', textOf(fields.vendor_id))?.fields ?? {}
  return {
    purchaseorder_id: order.id,
    ...only(fields, rowKeys),
    company_name: contact.company_name ?? '',
    ...statusesOf(fields),
    // Blank here, a number in the detail.
    price_precision: '',
    quantity_yet_to_receive: quantityOf(fields, 'quantity') - quantityOf(fields, 'quantity_received'),
    quantity_marked_as_received: quantityOf(fields, 'quantity_marked_as_received'),
    receives: receivesOf(fields),
    is_po_marked_as_received: false,
    is_drop_shipment: false,
    is_backorder: '',
    color_code: '',
    current_sub_status_id: '',
    has_attachment: false,
    client_viewed_time: '',
    is_viewed_by_client: false,
    documents: '',
    tags: [],
  }
}

export function booksDetail(order: StoredRecord, world: World): Fields {
  const { fields } = order
  const { billing_address = {}, shipping_address: _none, ...document } = documentDetail(order, 'vendor_id', world)
  const bills = linkedTo(order.id, 'bills', 'purchaseorder_id', world)
  return {
    purchaseorder_id: order.id,
    ...detailConstants,
    ...document,
    ...statusesOf(fields),
    billing_address,
    delivery_address: deliveryAddress(fields, world),
    created_by_id: fixedId(world, 'user 1'),
    bills: bills.map(({ id, fields: own }) => only({ ...own, bill_id: id }, billKeys)),
    salesorders: [],
    purchasereceives: receivesOf(fields),
    line_items: linesOf(document).map((line) => ({ salesorder_item_id: '', ...line })),
  }
}

export const inventoryRow = (order: StoredRecord, world: World): Fields => ({
  ...only(booksRow(order, world), inventoryKeys),
  price_precision: order.fields.price_precision ?? 2,
  is_backorder: false,
  custom_fields: customOf(order, world).custom_fields ?? [],
})

export function inventoryDetail(order: StoredRecord, world: World): Fields {
  const detail = booksDetail(order, world)
  const lines = linesOf(detail).map((line) => ({ ...line, purchase_rate: line.rate ?? 0 }))
  return { ...detail, line_items: lines, purchasereceives: order.fields.purchasereceives ?? [], salesorder_id: '' }
}

function statusesOf(fields: Fields): Fields {
  const words = { none: '', some: 'partially_', all: '' }
  const said = (key: string, done: string) => {
    const progress = progressOf(fields, key)
    return progress === 'none' ? '' : `${words[progress]}${done}`
  }
  return {
    order_status: orderStatus(fields.status),
    billed_status: said('quantity_billed', 'billed'),
    received_status: said('quantity_received', 'received'),
    current_sub_status: fields.status ?? '',
  }
}

const receivesOf = (fields: Fields): Fields[] =>
  linesOf(fields, 'purchasereceives').map((receive) => only(receive, ['receive_id', 'receive_number']))

// Goods come to a place of the organisation.
function deliveryAddress(fields: Fields, { store }: World): Fields {
  const place = (store.get('locations', textOf(fields.location_id)) ?? store.all('locations')[0])?.fields ?? {}
  const { city = '', country = '' } = isFields(place.address) ? place.address : {}
  return { address: '', city, state: '', zip: '', country, phone: place.phone ?? '', attention: '' }
}

const rowKeys = [
  ...['purchaseorder_number', 'vendor_id', 'vendor_name', 'status', 'reference_number', 'date', 'delivery_date'],
  ...['expected_delivery_date', 'currency_id', 'currency_code', 'total', 'created_time', 'last_modified_time'],
]
const inventoryKeys = [
  ...['purchaseorder_id', 'vendor_id', 'vendor_name', 'status', 'purchaseorder_number', 'reference_number', 'date'],
  ...['delivery_date', 'currency_id', 'currency_code', 'total', 'created_time', 'last_modified_time'],
  ...['is_drop_shipment', 'receives'],
]
const billKeys = ['bill_id', 'bill_number', 'status', 'date', 'due_date', 'total', 'balance']

const detailConstants: Fields = {
  is_drop_shipment: false,
  is_backorder: '',
  is_po_marked_as_received: false,
  is_emailed: false,
  ship_via: '',
  ship_via_id: '',
  attention: '',
  delivery_org_address_id: '',
  delivery_customer_id: '',
  delivery_customer_name: '',
  payment_terms: 0,
  payment_terms_label: 'Due on Receipt',
  pricebook_id: '',
}
