import t, { type Test } from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { type JsonObject, loadEntities } from '../../src/entities/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { context } from './fixture.ts'
import { rowsOf, snapshot, write } from './writing.ts'

const entities = await loadEntities()
const products = entities.get('products')
const lists = entities.get('pricing_lists')

const staff = book({
  ...{
    pricebook_id: '7001',
    pricebook_type: 'fixed_percentage',
    currency_id: '',
    currency_code: '',
    pricing_scheme: '',
  },
  ...{ percentage: 10, is_increase: false },
})
const wholesale = book({ pricebook_id: '7002', currency_id: '9', currency_code: 'IQD' })
const line = (item_id: string, pricebook_rate: number): JsonObject => ({
  item_id,
  pricebook_rate,
  name: `Item ${item_id}`,
})

t.test('the prices of a list are replaced as a set; the same set again changes nothing', async (t) => {
  const { db } = await shop(t)
  const first = { ...wholesale, pricebook_items: [line('101', 8250), line('999', 7)] }
  t.match(await write(db, lists, 'detail', [first]), [{ outcome: 'written', change: 'inserted' }])
  const [known, unknown] = await pricesOf(db)
  t.match(known, {
    zoho_item_id: '101',
    price: '8250',
    currency_code: 'IQD',
    product_name: 'Item 101',
    computed: false,
  })
  t.type(known?.product_id, 'number', 'linked to its product')
  t.type(known?.pricing_list_id, 'number', 'and to its list')
  t.equal(unknown?.product_id, null, 'a product that is not there yet')
  const before = await snapshot(db, 'product_prices')
  t.match(await write(db, lists, 'detail', [first]), [{ outcome: 'unchanged' }])
  t.strictSame(await snapshot(db, 'product_prices'), before)

  await write(db, lists, 'detail', [{ ...first, pricebook_items: [line('101', 8000), line('102', 1)] }])
  t.match(await rowsOf(db, 'product_prices', 'zoho_item_id', 'price'), [
    { zoho_item_id: '101', price: '8000' },
    { zoho_item_id: '102', price: '1' },
  ])
})

t.test('a product that is not there yet is asked for', async (t) => {
  const { db } = await shop(t)
  const [result] = await write(db, lists, 'detail', [{ ...wholesale, pricebook_items: [line('999', 7)] }])
  t.strictSame(result?.missingParents, [{ entityType: 'products', sourceEntityId: '999' }])
})

t.test('a list row, and a detail without lines, leave the prices alone', async (t) => {
  const { db } = await shop(t)
  await write(db, lists, 'detail', [{ ...wholesale, pricebook_items: [line('101', 8250)] }])
  const row = { ...wholesale, name: 'New name', last_modified_time: '2026-01-01T00:00:00+0300' }
  for (const document of [row, { ...row, pricebook_items: [] }]) await write(db, lists, 'list', [document])
  await write(db, lists, 'detail', [{ ...wholesale, name: 'Newer name' }])
  t.match(await rowsOf(db, 'product_prices', 'price'), [{ price: '8250' }])
  t.match(await rowsOf(db, 'pricing_lists', 'name'), [{ name: 'Newer name' }])
})

t.test('a percentage list has a price for each product it applies to, from its list row on', async (t) => {
  const { db } = await shop(t)
  await write(db, lists, 'list', [staff])
  t.match(await pricesOf(db), [
    { zoho_item_id: '101', price: '9', currency_code: 'USD', computed: true },
    { zoho_item_id: '102', price: '1.8', currency_code: 'USD', computed: true },
  ])
  const before = await snapshot(db, 'product_prices')
  t.match(await write(db, lists, 'list', [staff]), [{ outcome: 'unchanged' }])
  await write(db, lists, 'detail', [{ ...staff, pricebook_items: [] }])
  await write(db, products, 'list', items)
  t.strictSame(await snapshot(db, 'product_prices'), before, 'what is read again and again writes nothing')
})

t.test('its prices follow the products and the percentage', async (t) => {
  const { db } = await shop(t)
  await write(db, lists, 'list', [staff])
  await write(db, products, 'list', [item('101', 30), item('102', 2, { status: 'inactive' }), item('103', 4)])
  const now = [
    { zoho_item_id: '101', price: '27' },
    { zoho_item_id: '103', price: '3.6' },
  ]
  t.match(await pricesOf(db), now)
  await write(db, lists, 'list', [{ ...staff, percentage: 50 }])
  t.match(await pricesOf(db), [
    { zoho_item_id: '101', price: '15' },
    { zoho_item_id: '103', price: '2' },
  ])
})

t.test('a percentage list that becomes a list by item has the prices Zoho says, and back', async (t) => {
  const { db } = await shop(t)
  await write(db, lists, 'detail', [staff])
  t.equal((await pricesOf(db)).length, 2)
  const byItem = { ...staff, pricebook_type: 'per_item', pricing_scheme: 'unit', percentage: '', currency_code: 'USD' }
  await write(db, lists, 'list', [byItem])
  t.strictSame(await pricesOf(db), [], 'its list row tells that nothing is computed any more')
  await write(db, lists, 'detail', [{ ...byItem, pricebook_items: [line('101', 5)] }])
  t.match(await pricesOf(db), [{ zoho_item_id: '101', price: '5', computed: false }])
  await write(db, lists, 'detail', [staff])
  t.match(await pricesOf(db), [
    { zoho_item_id: '101', price: '9', computed: true },
    { zoho_item_id: '102', price: '1.8', computed: true },
  ])
})

t.test('a percentage list waits for the base currency', async (t) => {
  const { db } = await shop(t)
  const unknown = { ...context, baseCurrency: undefined }
  await write(db, lists, 'list', [staff], unknown)
  t.strictSame(await pricesOf(db), [])
  await write(db, lists, 'list', [staff])
  t.equal((await pricesOf(db)).length, 2)
})

t.test('a price whose currency is not known is not written, nor is its list', async (t) => {
  const { db } = await shop(t)
  const nameless = { ...wholesale, currency_code: '', pricebook_items: [line('101', 8250)] }
  await t.rejects(write(db, lists, 'detail', [nameless]), { code: 'CURRENCY_UNKNOWN', kind: 'transient' })
  t.strictSame(await rowsOf(db, 'pricing_lists', 'name'), [])
})

const items = [item('101', 10), item('102', 2)]

/** Two products at ten and two dollars, and the organisation they are sold in. */
async function shop(t: Test) {
  const database = await testDatabase(t)
  await sql`
    insert into tds_zoho_organization (organization_id, name, time_zone, currency_code, price_precision, currencies)
    values ('1', 'Shop', 'Asia/Baghdad', 'USD', 2, '{"USD": {"precision": 2, "isBase": true}}')`.execute(database.db)
  await write(database.db, products, 'list', items)
  return database
}

function item(item_id: string, rate: number, more: JsonObject = {}): JsonObject {
  return { item_id, name: `Item ${item_id}`, status: 'active', rate, ...more }
}

function book(fields: JsonObject): JsonObject {
  return {
    ...{ name: 'A list', description: '', decimal_place: 2, is_increase: true, percentage: '', pricebook_rate: '' },
    ...{ pricebook_type: 'per_item', pricing_scheme: 'unit', rounding_type: 'no_rounding', status: 'active' },
    sales_or_purchase_type: 'sales',
    ...fields,
  }
}

async function pricesOf(db: Db): Promise<readonly JsonObject[]> {
  const { rows } = await sql<JsonObject>`
    select zoho_item_id, trim_scale(price) as price, currency_code, product_name, product_id, pricing_list_id, computed
    from product_prices where deleted_at is null order by zoho_item_id, start_quantity`.execute(db)
  return rows
}
