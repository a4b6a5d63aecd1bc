import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Db, parseJsonDigits, sql } from '../db/index.ts'
import { documentId, type Entity, type JsonObject, loadEntities, tableOf } from '../src/entities/index.ts'
import { parseWebhook } from '../src/inbox/parse.ts'
import { rowsUnder, writeDocuments } from '../src/processors/index.ts'
import { context } from './entities/fixture.ts'
import { testDatabase } from './helpers/database.ts'

/** Bodies that Zoho really sent, outside this project: each goes through what reads and writes its kind of record. */
const folder = process.env.ZOHO_SAMPLES_DIR
const files = folder ? readdirSync(folder).toSorted() : []
const entities = await loadEntities()

/** Files of one kind: whose records they hold and which view of them. */
interface Kind {
  readonly about: RegExp
  readonly view: string
  readonly entities: readonly string[]
  readonly keys: readonly string[]
  /** The record that was asked for, where the drawn reply leaves its id out. */
  readonly asked?: JsonObject
}

const kinds: readonly Kind[] = [
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

/** Zoho's key of each number, so that the check does not ask the mapping that it checks. */
const numbers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
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

t.test('recorded replies and webhooks', { skip: folder ? false : 'ZOHO_SAMPLES_DIR names no folder' }, async (t) => {
  t.ok(
    kinds.every(({ about }) => files.some((file) => about.test(file))),
    'there is a file of every kind',
  )
  for (const file of files) {
    for (const kind of kinds.filter(({ about }) => about.test(file)))
      t.test(`${file} becomes rows of ${kind.entities.join(' and ')}`, (t) => becomesRows(t, file, kind))
    if (/^webhook-(?!signature)/.test(file)) t.test(`${file} is understood`, (t) => isUnderstood(t, file))
  }
})

async function becomesRows(t: Test, file: string, kind: (typeof kinds)[number]): Promise<void> {
  const { db } = await testDatabase(t)
  const documents = rowsUnder(await read(file), kind.keys, file).map((document) => ({ ...kind.asked, ...document }))
  t.ok(documents.length > 0, 'it holds records')
  for (const entity of kind.entities.map(entities.get)) {
    const records = documents.filter((document) => !entity.list?.skip?.(document))
    const outcomes = await write(db, entity, kind.view, records)
    t.equal(outcomes.length, records.length, `every record of it ended: ${entity.name}`)
    t.strictSame(
      (await write(db, entity, kind.view, records)).filter((outcome) => outcome !== 'unchanged'),
      [],
    )
    for (const document of records) await holdsWhatItSays(t, db, entity, document)
  }
}

async function write(db: Db, entity: Entity, view: string, documents: readonly JsonObject[]): Promise<string[]> {
  const at = '2026-11-01 00:00:00+00'
  const reads = documents.map((document) => ({
    sourceEntityId: documentId(entity, document),
    view,
    document,
    readAt: at,
    readUntil: at,
  }))
  const results = await db.transaction().execute((tx) => writeDocuments(tx, entity, reads, context))
  return results.map(({ outcome }) => outcome)
}

/** Each number is the one that was sent; blank and absent are null and never 0. */
async function holdsWhatItSays(t: Test, db: Db, entity: Entity, document: JsonObject): Promise<void> {
  const id = documentId(entity, document)
  const parts = entity.set ? (entity.set.rows(document) ?? []) : [document]
  const { rows } = await sql<JsonObject>`
    select * from ${sql.table(tableOf(entity))} where ${sql.ref(entity.id.column)} = ${id} order by id`.execute(db)
  t.equal(rows.length, parts.length, `${entity.name} ${id}: as many rows as parts`)
  for (const [index, row] of rows.entries()) {
    t.equal(row.field_errors, null, `${entity.name} ${id}: every field could be read`)
    for (const [column, key] of Object.entries(numbers[entity.name] ?? {})) {
      const sent = parts[index]?.[key]
      const expected =
        sent === undefined || sent === null || sent === ''
          ? null
          : Number(JSON.isRawJSON(sent) ? JSON.stringify(sent) : sent)
      t.equal(row[column] === null ? null : Number(row[column]), expected, `${entity.name} ${id}: ${column}`)
    }
  }
}

async function isUnderstood(t: Test, file: string): Promise<void> {
  const module = file.match(/^webhook-\w+-([a-z]+)/)?.[1] ?? ''
  const body = await readFile(join(folder ?? '', file))
  const webhook = { module, event: null, body, contentType: 'application/json', query: {} }
  const parsed = parseWebhook(webhook, { resolve: routeOf, organizationId: undefined })
  const entity = entities.byModule(module)
  if (!entity) {
    t.match(parsed, { parked: /^unknown module/ }, 'nothing mirrors it, and that is told')
    return
  }
  t.match(parsed, { route: { entityType: entity.name }, sourceEntityId: /^\d+$/ })
}

function routeOf(module: string) {
  const entity = entities.byModule(module)
  if (!entity) return null
  const { id, webhook, lane } = entity
  return { entityType: entity.name, idFields: id.fields, payloadKeys: webhook.wrappers, lane, priority: 1 }
}

async function read(file: string): Promise<JsonObject> {
  const value = parseJsonDigits(await readFile(join(folder ?? '', file), 'utf8'))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${file} holds no object`)
  return { ...value }
}
