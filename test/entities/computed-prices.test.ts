import t from 'tap'
import { sql } from '../../db/index.ts'
import { type PriceScope, recomputePrices } from '../../src/entities/parts/computed-prices.ts'
import { testDatabase } from '../helpers/database.ts'

const { db } = await testDatabase(t)
await sql`
  insert into tds_zoho_organization (organization_id, name, time_zone, currency_code, price_precision, currencies)
  values ('1', 'Shop', 'Asia/Baghdad', 'USD', 2, '{"USD": {"precision": 2, "isBase": true}}')`.execute(db)

const list = 'L1'

/** Rate, percentage, up or down, rounding, decimal places → price. */
const formulas: readonly (readonly [string, string, 'up' | 'down', string | null, number | null, string])[] = [
  ['19', '5', 'down', 'no_rounding', 2, '18.05'],
  ['10', '35.71', 'up', 'no_rounding', 3, '13.571'],
  ['10.005', '0', 'up', 'no_rounding', 2, '10.01'],
  ['1000', '4', 'up', 'no_rounding', 0, '1040'],
  ['3.33', '10', 'up', null, null, '3.66'],
  ['19', '5', 'down', 'round_to_dollar', 2, '18'],
  ['0.5', '0', 'up', 'round_to_dollar', 2, '1'],
  ['1000.678', '0', 'up', 'round_to_dollar_minus_01', 2, '1000.99'],
  ['1000.678', '0', 'up', 'round_to_half_dollar', 2, '1000.5'],
  ['1000.78', '0', 'up', 'round_to_half_dollar', 2, '1001'],
  ['1000.678', '0', 'up', 'round_to_half_dollar_minus_01', 2, '1000.49'],
  ['0.2', '0', 'up', 'round_to_dollar_minus_01', 2, '0'],
  ['6', '100', 'down', 'no_rounding', 2, '0'],
  ['0', '10', 'up', 'no_rounding', 2, '0'],
  ['12345678901234567890.12', '10', 'up', 'no_rounding', 2, '13580246791358024679.13'],
]

for (const [rate, percentage, direction, rounding, decimals, price] of formulas) {
  t.test(`${rate} ${direction} by ${percentage} %, ${rounding} to ${decimals} decimals, is ${price}`, async (t) => {
    await shop()
    await addProduct('P1', { unit_price: rate })
    await addList({ percentage, is_increase: direction === 'up', rounding, decimal_places: decimals })
    await recompute({ lists: [list] })
    const [row] = await pricesOf()
    t.equal(row?.price, price)
    t.match(row, { currency_code: 'USD', start_quantity: '1', computed: true, pricing_scheme: 'unit' })
  })
}

t.test('a purchase list is a percentage of the cost', async (t) => {
  await shop()
  await addProduct('P1', { unit_price: '10', cost_price: '4' })
  await addList({ sales_or_purchase_type: 'purchases' })
  await recompute({ lists: [list] })
  t.match(await pricesOf(), [{ price: '4.4' }])
})

const without: readonly (readonly [string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>])[] = [
  ['the product is inactive', { is_active: false }, {}],
  ['the product is deleted', { deleted_at: '2026-01-01' }, {}],
  ['the product has no rate', { unit_price: null }, {}],
  ['the product has a rate in another currency', { currency_code: 'IQD' }, {}],
  ['the currency of the product is unknown', { currency_code: null }, {}],
  ['the currency of the list is unknown', {}, { currency_code: null }],
  ['the percentage is unknown', {}, { percentage: null }],
  ['up or down is unknown', {}, { is_increase: null }],
  ['the rounding is one we do not know', {}, { rounding: 'round_to_dozen' }],
  ['the list is deleted', {}, { deleted_at: '2026-01-01' }],
  ['the list has prices of its own', {}, { type: 'per_item' }],
]

for (const [about, product, of] of without) {
  t.test(`there is no computed price where ${about}, and one that was there is removed`, async (t) => {
    await shop()
    await addProduct('P1', {})
    await addList({})
    await recompute({ lists: [list] })
    t.equal((await pricesOf()).length, 1)
    await change('products', product)
    await change('pricing_lists', of)
    await recompute(Object.keys(product).length > 0 ? { items: ['P1'] } : { lists: [list] })
    t.strictSame(await pricesOf(), [])
  })
}

t.test('a second computation writes nothing, and a changed product only its own prices', async (t) => {
  await shop()
  for (const item of ['P1', 'P2', 'P3']) await addProduct(item, {})
  await addList({})
  await recompute({ lists: [list] })
  const before = await versions()
  t.equal(before.size, 3)
  await recompute({ lists: [list] })
  await recompute({ items: ['P1', 'P2', 'P3'] })
  t.strictSame(await versions(), before)
  await sql`update products set unit_price = 20 where zoho_item_id = 'P2'`.execute(db)
  await recompute({ items: ['P1', 'P2'] })
  const after = await versions()
  t.strictSame(
    [...after].filter(([item, version]) => before.get(item) !== version).map(([item]) => item),
    ['P2'],
  )
  t.match(await pricesOf(), [{ price: '11' }, { price: '22' }, { price: '11' }])
})

t.test('a list that becomes a percentage gives up the prices it had', async (t) => {
  await shop()
  await addProduct('P1', {})
  await addList({})
  for (const start of [1, 10])
    await sql`
      insert into product_prices (zoho_pricebook_id, zoho_item_id, start_quantity, price, currency_code, end_quantity, hashes)
      values (${list}, 'P1', ${start}, 7, 'USD', 9, '{"detail": "x"}')`.execute(db)
  await recompute({ lists: [list] })
  const found =
    await sql`select start_quantity, end_quantity, trim_scale(price) as price, computed, hashes from product_prices`.execute(
      db,
    )
  t.strictSame(found.rows, [{ start_quantity: '1', end_quantity: null, price: '11', computed: true, hashes: {} }])
})

t.test('a buried price comes back with its list', async (t) => {
  await shop()
  await addProduct('P1', {})
  await addList({})
  await recompute({ lists: [list] })
  await sql`update product_prices set deleted_at = now()`.execute(db)
  await recompute({ lists: [list] })
  t.equal((await pricesOf()).length, 1)
})

t.test('a list and a product that change at once end with the price of both changes', async (t) => {
  await shop()
  await addProduct('P1', {})
  await addList({})
  await recompute({ lists: [list] })
  const changed = Promise.withResolvers<void>()
  let isListDone = false
  const product = db.transaction().execute(async (tx) => {
    await sql`update products set unit_price = 20`.execute(tx)
    await recomputePrices(tx, { items: ['P1'] })
    changed.resolve()
    while (!isListDone && !(await isSomeoneWaiting()));
  })
  await changed.promise
  await db.transaction().execute(async (tx) => {
    await sql`update pricing_lists set percentage = 50`.execute(tx)
    await recomputePrices(tx, { lists: [list] })
  })
  isListDone = true
  await product
  t.match(await pricesOf(), [{ price: '30' }])
})

/** Whether another session waits for its turn, which is how far the second writer comes. */
async function isSomeoneWaiting(): Promise<boolean> {
  const { rows } = await sql`
    select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  return rows.length > 0
}

/** The shop of this file, emptied: a database for each line of the tables above would take most of the time. */
async function shop() {
  await sql`truncate products, pricing_lists, product_prices restart identity cascade`.execute(db)
}

const addProduct = (zoho_item_id: string, columns: Readonly<Record<string, unknown>>) =>
  insert('products', {
    zoho_item_id,
    name: `Item ${zoho_item_id}`,
    unit_price: 10,
    currency_code: 'USD',
    ...columns,
  })

/** Ten percent on top, in dollars, unless told otherwise. */
const addList = (columns: Readonly<Record<string, unknown>>) =>
  insert('pricing_lists', {
    ...{ zoho_pricebook_id: list, type: 'fixed_percentage', currency_code: 'USD', percentage: 10, is_increase: true },
    ...{ rounding: 'no_rounding', decimal_places: 2, sales_or_purchase_type: 'sales' },
    ...columns,
  })

async function insert(table: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const columns = sql.join(Object.keys(values).map((name) => sql.ref(name)))
  await sql`insert into ${sql.table(table)} (${columns}) values (${sql.join(Object.values(values))})`.execute(db)
}

async function change(table: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [column, value] of Object.entries(values))
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${value}`.execute(db)
}

const recompute = (scope: PriceScope) => db.transaction().execute((tx) => recomputePrices(tx, scope))

async function pricesOf() {
  const { rows } = await sql<{ price: string }>`
    select zoho_item_id, start_quantity, trim_scale(price) as price, currency_code, pricing_scheme, computed
    from product_prices where deleted_at is null order by zoho_item_id`.execute(db)
  return rows
}

/** Which transaction wrote each row last. */
async function versions(): Promise<Map<string, string>> {
  const { rows } = await sql<{ item: string; version: string }>`
    select zoho_item_id as item, xmin::text || synced_at::text as version from product_prices`.execute(db)
  return new Map(rows.map(({ item, version }) => [item, version]))
}
