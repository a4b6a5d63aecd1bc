import t, { type Test } from 'tap'
import type { Db } from '../../../db/index.ts'
import { type JsonObject, loadEntities } from '../../../src/entities/index.ts'
import { compareDocuments, documentsOf } from '../../../src/sync/verify/documents.ts'
import { createTally } from '../../../src/sync/verify/tally.ts'
import type { Verification } from '../../../src/sync/verify/verification.ts'
import { testDatabase } from '../../helpers/database.ts'
import { insert, insertAll, type Row } from './documents.ts'

const entities = await loadEntities()
const context = { baseCurrency: 'USD', nameArField: 'cf_name_ar', descriptionArField: 'cf_description_ar' }

/** Comparing documents asks nothing but the database. */
const over = (db: Db) => ({ deps: { db }, context }) as unknown as Verification

async function compare(db: Db, name: string, view: string, documents: readonly JsonObject[]) {
  const tally = createTally(name, new Date().toISOString())
  const { differences, ...counts } = await compareDocuments(over(db), entities.get(name), view, documents, tally)
  return { ...counts, tally, found: differences.flatMap(inWords) }
}

const inWords = ({
  kind,
  source_entity_id,
  fields = [],
}: Awaited<ReturnType<typeof compareDocuments>>['differences'][0]) =>
  fields.length === 0
    ? [`${source_entity_id} ${kind}`]
    : fields.map(
        ({ table = '', key = '', column, here, source }) =>
          `${source_entity_id} ${table} ${key} ${column}: ${JSON.stringify(here)} / ${JSON.stringify(source)}`,
      )

const line = (id: string, more: Row = {}): Row => ({
  zoho_invoice_id: '1',
  zoho_line_item_id: id,
  position: id.slice(-1),
  quantity: '2',
  item_total: '4.00',
  ...more,
})

const document = (...ids: readonly string[]): JsonObject => ({
  invoice_id: '1',
  line_items: ids.map((line_item_id) => ({ line_item_id, quantity: 2, item_total: '4.0' })),
})

async function setUp(t: Test): Promise<Db> {
  const { db } = await testDatabase(t)
  await insert(db, 'invoices', { zoho_invoice_id: '1', detail_due: false })
  return db
}

t.test('lines that are equal by value are no difference, however they are written', async (t) => {
  const db = await setUp(t)
  await insertAll(db, 'invoice_items', [line('11'), line('12')])
  const { found, values, setRows } = await compare(db, 'invoices', 'detail', [document('11', '12')])
  t.strictSame(found, [])
  t.match({ setRows, values: values >= 7 }, { setRows: 2, values: true })
})

t.test(
  'a line that is missing, one too many and one with another value are differences of their document',
  async (t) => {
    const db = await setUp(t)
    await insertAll(db, 'invoice_items', [
      line('11'),
      line('12', { quantity: '3', position: '2' }),
      line('14'),
      line('13', { deleted_at: '2025-01-01' }),
      line('11', { zoho_invoice_id: '2' }),
    ])
    const { found } = await compare(db, 'invoices', 'detail', [document('11', '12', '13')])
    t.strictSame(found.toSorted(), [
      '1 invoice_items 12 quantity: 3 / 2',
      '1 invoice_items 13 zoho_line_item_id: null / "13"',
      '1 invoice_items 14 zoho_line_item_id: "14" / null',
    ])
  },
)

t.test('a document that does not speak of its lines says nothing about them, an empty list does', async (t) => {
  const db = await setUp(t)
  await insert(db, 'invoice_items', line('11'))
  t.strictSame((await compare(db, 'invoices', 'detail', [{ invoice_id: '1' }])).found, [])
  const { found } = await compare(db, 'invoices', 'detail', [{ invoice_id: '1', line_items: [] }])
  t.strictSame(found, ['1 invoice_items 11 zoho_line_item_id: "11" / null'])
})

t.test('lines of a document that is missing or deleted here are not told one by one', async (t) => {
  const db = await setUp(t)
  await insert(db, 'invoices', { zoho_invoice_id: '3', deleted_at: '2025-01-01' })
  const { found } = await compare(db, 'invoices', 'detail', [
    { ...document('11'), invoice_id: '2' },
    { ...document('11'), invoice_id: '3' },
  ])
  t.strictSame(found.toSorted(), ['2 missing', '3 tombstone'])
})

t.test('rows are told apart by several columns of their own types', async (t) => {
  const db = await setUp(t)
  const price = (start_quantity: string, amount: string): Row => ({
    zoho_pricebook_id: '5',
    zoho_item_id: '70',
    start_quantity,
    price: amount,
    currency_code: 'USD',
    pricing_scheme: 'volume',
    computed: false,
  })
  await insert(db, 'pricing_lists', { zoho_pricebook_id: '5', pricing_scheme: 'volume', currency_code: 'USD' })
  await insertAll(db, 'product_prices', [price('1', '9'), price('10.00', '8.50'), price('50', '7')])
  const brackets = [
    { start_quantity: 1, pricebook_rate: '9.0' },
    { start_quantity: '10.0', pricebook_rate: 8 },
    { start_quantity: 100, pricebook_rate: 6 },
  ]
  const list = {
    pricebook_id: '5',
    currency_code: 'USD',
    pricing_scheme: 'volume',
    pricebook_items: [{ item_id: '70', price_brackets: brackets }],
  }
  const { found } = await compare(db, 'pricing_lists', 'detail', [list])
  t.strictSame(found.toSorted(), [
    '5 product_prices 70 / 10 price: 8.50 / 8',
    '5 product_prices 70 / 100 zoho_item_id, start_quantity: null / "70 / 100"',
    '5 product_prices 70 / 50 zoho_item_id, start_quantity: "70 / 50" / null',
  ])
})

t.test('a document whose lines cannot be told is unread, and its neighbours are compared', async (t) => {
  const db = await setUp(t)
  await insertAll(db, 'pricing_lists', [
    { zoho_pricebook_id: '5', zoho_currency_id: '123' },
    { zoho_pricebook_id: '6', name: 'Here' },
  ])
  const items = [{ item_id: '70', pricebook_rate: 1 }]
  const { found, tally } = await compare(db, 'pricing_lists', 'detail', [
    { pricebook_id: '5', currency_id: '123', currency_code: '', pricebook_items: items },
    { pricebook_id: '6', name: 'There' },
  ])
  t.match(tally.findings, [{ check: 'unread', severity: 'error', source_entity_id: '5', found: 'CURRENCY_UNKNOWN' }])
  t.strictSame(found, ['6   name: "Here" / "There"'])
})

t.test('a second source compares its own columns of lines that are here, and nothing else', async (t) => {
  const db = await setUp(t)
  const order = (id: string): Row => ({ zoho_salesorder_id: '1', zoho_line_item_id: id, name: 'not its business' })
  await insert(db, 'sales_orders', { zoho_salesorder_id: '1', number: 'not its business', quantity_packed: '4' })
  await insertAll(db, 'sales_order_items', [
    { ...order('11'), quantity_packed: '1' },
    { ...order('12'), quantity_packed: '2' },
    order('14'),
  ])
  const lines = ['11', '12', '13'].map((line_item_id) => ({ line_item_id, quantity_packed: 2 }))
  const seen = { salesorder_id: '1', quantity_packed: 5, line_items: lines }
  const { found } = await compare(db, 'sales_orders_inventory', 'inventory_detail', [seen])
  t.strictSame(found.toSorted(), ['1   quantity_packed: 4 / 5', '1 sales_order_items 11 quantity_packed: 1 / 2'])
})

t.test('whether a record is gone is not for a second source to say', async (t) => {
  const db = await setUp(t)
  await insert(db, 'sales_orders', { zoho_salesorder_id: '1', deleted_at: '2025-01-01', quantity_packed: '4' })
  const { found } = await compare(db, 'sales_orders_inventory', 'inventory', [
    { salesorder_id: '1', quantity_packed: 5 },
    { salesorder_id: '2', quantity_packed: 5 },
  ])
  t.strictSame(found, ['2 missing'])
})

t.test('a document counts for the entity that accepts it, one without an id for none', (t) => {
  const documents = [
    { contact_id: '1', contact_type: 'customer' },
    { contact_id: '2', contact_type: 'vendor' },
    { contact_id: '', contact_type: 'vendor' },
    { contact_type: 'vendor' },
  ]
  const idsFor = (name: string) => documentsOf(entities.get(name), documents).map(({ contact_id }) => contact_id)
  t.strictSame(idsFor('customers'), ['1'])
  t.strictSame(idsFor('suppliers'), ['2'])
  t.end()
})
