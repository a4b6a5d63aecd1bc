import type { Fields, Json } from '../simulator/json.ts'

type Take = (record: Fields) => Json | undefined

/** Where a table's records are found in Zoho and what must stand in its columns: written apart from the entities. */
export interface Spec {
  readonly table: string
  readonly id: string
  readonly list: string
  readonly listKey: string
  readonly idKey: string
  readonly detailKey?: string
  readonly includes?: (row: Fields) => boolean
  readonly columns: Readonly<Record<string, Take>>
  readonly children?: readonly ChildSpec[]
}

export interface ChildSpec {
  readonly table: string
  /** @default the owner's id column */
  readonly owner?: string
  readonly list: string
  readonly applies?: (record: Fields) => boolean
  readonly keys: readonly (readonly [column: string, take: Take])[]
  readonly columns: Readonly<Record<string, Take>>
  /** Rows of the table that come from this list. */
  readonly only?: string
}

const of =
  (key: string): Take =>
  (record) =>
    record[key]
const same = (...keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, of(key)]))
const isActive: Take = ({ status }) => status === 'active'

const line = (table: string, columns: Readonly<Record<string, Take>>): ChildSpec => ({
  table,
  list: 'line_items',
  keys: [['zoho_line_item_id', of('line_item_id')]],
  columns: { zoho_item_id: of('item_id'), ...columns },
})
const pricedLine = (table: string) => line(table, same('name', 'quantity', 'rate', 'item_total'))

const allocation = (table: string, list: string, idKey: string, amount: string, document: string): ChildSpec => ({
  table,
  list,
  keys: [['zoho_allocation_id', of(idKey)]],
  columns: { [`zoho_${document}_id`]: of(`${document}_id`), amount_applied: of(amount) },
})

interface Document {
  readonly table: string
  readonly one: string
  readonly list: string
  readonly number: string
  readonly party: 'customer' | 'vendor'
  readonly children: readonly ChildSpec[]
  readonly more?: readonly string[]
}

const document = ({ table, one, list, number, party, children, more = [] }: Document): Spec => ({
  table,
  id: `zoho_${one}_id`,
  list: `/books/v3/${list}`,
  listKey: list,
  idKey: `${one}_id`,
  detailKey: one,
  columns: {
    number: of(number),
    [`zoho_${party}_id`]: of(`${party}_id`),
    [`${party}_name`]: of(`${party}_name`),
    ...same('date', 'status', 'reference_number', 'currency_code', 'sub_total', 'total', ...more),
  },
  children,
})

const contact = (table: string, role: string): Spec => ({
  table,
  id: 'zoho_contact_id',
  list: '/books/v3/contacts',
  listKey: 'contacts',
  idKey: 'contact_id',
  detailKey: 'contact',
  includes: ({ contact_type }) => contact_type === role,
  columns: {
    name: of('contact_name'),
    is_active: isActive,
    ...same('company_name', 'credit_limit', 'currency_code', 'notes'),
    ...same('outstanding_receivable_amount', 'outstanding_payable_amount', 'unused_credits_receivable_amount'),
  },
})

const payment = (table: string, list: string, party: 'customer' | 'vendor', rest: string, child: ChildSpec): Spec => ({
  table,
  id: 'zoho_payment_id',
  list: `/books/v3/${list}`,
  listKey: list,
  idKey: 'payment_id',
  detailKey: party === 'customer' ? 'payment' : 'vendorpayment',
  columns: {
    number: of('payment_number'),
    [`zoho_${party}_id`]: of(`${party}_id`),
    unused_amount: of(rest),
    ...same('date', 'amount', 'reference_number', 'currency_code'),
  },
  children: [child],
})

export const specs: readonly Spec[] = [
  {
    table: 'products',
    id: 'zoho_item_id',
    list: '/inventory/v1/items',
    listKey: 'items',
    idKey: 'item_id',
    detailKey: 'item',
    columns: {
      is_active: isActive,
      unit_price: of('rate'),
      cost_price: of('purchase_rate'),
      zoho_category_id: of('category_id'),
      ...same('name', 'sku', 'unit', 'description', 'stock_on_hand', 'available_stock'),
    },
    children: ['location', 'warehouse'].map((place) => ({
      table: 'inventory_items',
      list: `${place}s`,
      keys: [['zoho_location_id', of(`${place}_id`)]],
      columns: { stock_on_hand: of(`${place}_stock_on_hand`), committed_stock: of(`${place}_committed_stock`) },
      only: `exists (select from products p where p.zoho_item_id = t.zoho_item_id and p.zoho_data ? '${place}s')`,
    })),
  },
  {
    table: 'categories',
    id: 'zoho_category_id',
    list: '/inventory/v1/categories',
    listKey: 'categories',
    idKey: 'category_id',
    columns: same('name'),
  },
  contact('customers', 'customer'),
  contact('suppliers', 'vendor'),
  {
    table: 'pricing_lists',
    id: 'zoho_pricebook_id',
    list: '/books/v3/pricebooks',
    listKey: 'pricebooks',
    idKey: 'pricebook_id',
    detailKey: 'pricebook',
    columns: {
      type: of('pricebook_type'),
      is_active: isActive,
      // A list that names none has that of the organisation.
      currency_code: ({ currency_code }) => currency_code || 'USD',
      ...same('name', 'pricing_scheme'),
    },
    children: [
      {
        table: 'product_prices',
        list: 'pricebook_items',
        applies: ({ pricebook_type, pricing_scheme }) =>
          pricebook_type !== 'fixed_percentage' && pricing_scheme === 'unit',
        keys: [['zoho_item_id', of('item_id')]],
        columns: { price: of('pricebook_rate'), product_name: of('name') },
        only: `not computed and exists (select from pricing_lists l where l.zoho_pricebook_id = t.zoho_pricebook_id and l.pricing_scheme = 'unit')`,
      },
    ],
  },
  {
    table: 'composite_items',
    id: 'zoho_composite_item_id',
    list: '/inventory/v1/compositeitems',
    listKey: 'composite_items',
    idKey: 'composite_item_id',
    detailKey: 'composite_item',
    columns: { unit_price: of('rate'), is_active: isActive, ...same('name', 'sku') },
    children: [
      {
        table: 'composite_item_components',
        list: 'mapped_items',
        keys: [['zoho_line_item_id', of('line_item_id')]],
        columns: { zoho_item_id: of('item_id'), ...same('quantity') },
      },
    ],
  },
  document({
    table: 'sales_orders',
    one: 'salesorder',
    list: 'salesorders',
    number: 'salesorder_number',
    party: 'customer',
    children: [pricedLine('sales_order_items')],
  }),
  document({
    table: 'purchase_orders',
    one: 'purchaseorder',
    list: 'purchaseorders',
    number: 'purchaseorder_number',
    party: 'vendor',
    children: [pricedLine('purchase_order_items')],
  }),
  document({
    table: 'invoices',
    one: 'invoice',
    list: 'invoices',
    number: 'invoice_number',
    party: 'customer',
    children: [pricedLine('invoice_items')],
    more: ['balance', 'payment_made', 'credits_applied'],
  }),
  document({
    table: 'bills',
    one: 'bill',
    list: 'bills',
    number: 'bill_number',
    party: 'vendor',
    children: [pricedLine('bill_items')],
    more: ['balance', 'payment_made'],
  }),
  document({
    table: 'credit_notes',
    one: 'creditnote',
    list: 'creditnotes',
    number: 'creditnote_number',
    party: 'customer',
    children: [
      pricedLine('credit_note_items'),
      allocation('credit_note_invoices', 'invoices_credited', 'creditnotes_invoice_id', 'credited_amount', 'invoice'),
    ],
    more: ['balance', 'total_credits_used'],
  }),
  payment(
    'customer_payments',
    'customerpayments',
    'customer',
    'unused_amount',
    allocation('customer_payment_allocations', 'invoices', 'invoice_payment_id', 'amount_applied', 'invoice'),
  ),
  payment(
    'vendor_payments',
    'vendorpayments',
    'vendor',
    'balance',
    allocation('vendor_payment_allocations', 'bills', 'bill_payment_id', 'amount_applied', 'bill'),
  ),
  {
    table: 'stock_adjustments',
    id: 'zoho_inventory_adjustment_id',
    list: '/inventory/v1/inventoryadjustments',
    listKey: 'inventory_adjustments',
    idKey: 'inventory_adjustment_id',
    detailKey: 'inventory_adjustment',
    columns: same('date', 'reference_number', 'status', 'adjustment_type', 'quantity_adjusted'),
    children: [line('stock_adjustment_items', { quantity: of('quantity_adjusted') })],
  },
  {
    table: 'stock_transfers',
    id: 'zoho_transfer_order_id',
    list: '/inventory/v1/transferorders',
    listKey: 'transfer_orders',
    idKey: 'transfer_order_id',
    detailKey: 'transfer_order',
    columns: { number: of('transfer_order_number'), ...same('date', 'status', 'description') },
    children: [line('stock_transfer_items', { quantity: of('quantity_transfer') })],
  },
]
