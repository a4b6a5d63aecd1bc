import type { JsonObject } from '../../src/entities/index.ts'

/** Files of one kind: whose records they hold and which view of them. */
export interface Kind {
  readonly about: RegExp
  readonly view: string
  readonly entities: readonly string[]
  readonly keys: readonly string[]
  /** The record that was asked for, where the drawn reply leaves its id out. */
  readonly asked?: JsonObject
}

export const kinds: readonly Kind[] = [
  { about: /^\w+-items-list/, view: 'list', entities: ['products'], keys: ['items'] },
  {
    about: /^\w+-(item-detail|itemdetails)/,
    view: 'detail',
    entities: ['products', 'inventory_items'],
    keys: ['items', 'item'],
  },
  { about: /^books-items-list/, view: 'books', entities: ['products_books'], keys: ['items'] },
  {
    about: /^books-(item-detail|itemdetails)/,
    view: 'books_detail',
    entities: ['products_books'],
    keys: ['items', 'item'],
  },
  { about: /^\w+-contacts-list/, view: 'list', entities: ['customers', 'suppliers'], keys: ['contacts'] },
  { about: /^\w+-contact-detail/, view: 'detail', entities: ['customers', 'suppliers'], keys: ['contact'] },
  { about: /^\w+-pricebooks-list/, view: 'list', entities: ['pricing_lists'], keys: ['pricebooks'] },
  { about: /^\w+-pricebook-detail/, view: 'detail', entities: ['pricing_lists'], keys: ['pricebook'] },
  { about: /^\w+-compositeitems-list/, view: 'list', entities: ['composite_items'], keys: ['composite_items'] },
  { about: /^\w+-compositeitem-detail/, view: 'detail', entities: ['composite_items'], keys: ['composite_item'] },
  { about: /^\w+-locations?-/, view: 'list', entities: ['warehouses'], keys: ['locations', 'location'] },
  { about: /^\w+-categor(y|ies)-/, view: 'list', entities: ['categories'], keys: ['categories', 'category'] },
  { about: /^webhook-\w+-item\b/, view: 'list', entities: ['products'], keys: ['item'] },
  { about: /^\w+-salesorders-list/, view: 'list', entities: ['sales_orders'], keys: ['salesorders'] },
  {
    about: /^\w+-salesorder-detail/,
    view: 'detail',
    entities: ['sales_orders'],
    keys: ['salesorder'],
    asked: { salesorder_id: '460000000039129' },
  },
  {
    about: /^inventory-salesorders-list/,
    view: 'inventory',
    entities: ['sales_orders_inventory'],
    keys: ['salesorders'],
  },
  {
    about: /^inventory-salesorder-detail/,
    view: 'inventory_detail',
    entities: ['sales_orders_inventory'],
    keys: ['salesorder'],
  },
  { about: /^\w+-purchaseorders-list/, view: 'list', entities: ['purchase_orders'], keys: ['purchaseorders'] },
  { about: /^\w+-purchaseorder-detail/, view: 'detail', entities: ['purchase_orders'], keys: ['purchaseorder'] },
  {
    about: /^inventory-purchaseorders-list/,
    view: 'inventory',
    entities: ['purchase_orders_inventory'],
    keys: ['purchaseorders'],
  },
  {
    about: /^inventory-purchaseorder-detail/,
    view: 'inventory_detail',
    entities: ['purchase_orders_inventory'],
    keys: ['purchaseorder'],
  },
  { about: /^webhook-\w+-invoice/, view: 'detail', entities: ['invoices'], keys: ['invoice'] },
  { about: /^\w+-bills-list/, view: 'list', entities: ['bills'], keys: ['bills'] },
  { about: /^\w+-bill-detail/, view: 'detail', entities: ['bills'], keys: ['bill'] },
  { about: /^\w+-customerpayments-list/, view: 'list', entities: ['customer_payments'], keys: ['customerpayments'] },
  { about: /^\w+-customerpayment-detail/, view: 'detail', entities: ['customer_payments'], keys: ['payment'] },
  {
    about: /^\w+-inventoryadjustments-list/,
    view: 'list',
    entities: ['stock_adjustments'],
    keys: ['inventory_adjustments'],
  },
  {
    about: /^\w+-inventoryadjustment-detail/,
    view: 'detail',
    entities: ['stock_adjustments'],
    keys: ['inventory_adjustment'],
  },
  { about: /^\w+-transferorders-list/, view: 'list', entities: ['stock_transfers'], keys: ['transfer_orders'] },
  { about: /^\w+-transferorder-detail/, view: 'detail', entities: ['stock_transfers'], keys: ['transfer_order'] },
]

const balances = {
  payment_terms: 'payment_terms',
  outstanding_receivable_amount: 'outstanding_receivable_amount',
  outstanding_payable_amount: 'outstanding_payable_amount',
  unused_credits_receivable_amount: 'unused_credits_receivable_amount',
  unused_credits_payable_amount: 'unused_credits_payable_amount',
}

const totals = { total: 'total', sub_total: 'sub_total' }

/** Zoho's key of each number by column, so that the check does not ask the mapping that it checks. */
export const numbers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  products: {
    unit_price: 'rate',
    cost_price: 'purchase_rate',
    reorder_level: 'reorder_level',
    stock_on_hand: 'stock_on_hand',
    available_stock: 'available_stock',
    actual_available_stock: 'actual_available_stock',
  },
  inventory_items: {
    stock_on_hand: 'location_stock_on_hand',
    committed_stock: 'location_committed_stock',
    available_for_sale: 'location_available_for_sale_stock',
    available_stock: 'location_available_stock',
    actual_available_stock: 'location_actual_available_stock',
  },
  customers: balances,
  suppliers: balances,
  pricing_lists: { decimal_places: 'decimal_place', percentage: 'percentage' },
  composite_items: { unit_price: 'rate' },
  categories: { depth: 'depth', sort_order: 'sibling_order' },
  sales_orders: totals,
  sales_orders_inventory: { quantity_packed: 'quantity_packed', quantity_shipped: 'quantity_shipped' },
  purchase_orders: totals,
  invoices: { ...totals, balance: 'balance', payment_made: 'payment_made' },
  bills: { total: 'total', balance: 'balance', exchange_rate: 'exchange_rate', payment_made: 'payment_made' },
  customer_payments: { amount: 'amount', unused_amount: 'unused_amount', bank_charges: 'bank_charges' },
  stock_adjustments: { total: 'total' },
}
