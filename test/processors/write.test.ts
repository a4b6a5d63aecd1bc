import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { type JsonObject, loadEntities } from '../../src/entities/index.ts'
import { buryRows, writeDocuments } from '../../src/processors/index.ts'
import { testDatabase } from '../helpers/database.ts'

const entities = await loadEntities()
const context = { baseCurrency: 'USD', nameArField: 'cf_name_ar', descriptionArField: 'cf_description_ar' }
const products = entities.get('products')
const stock = entities.get('inventory_items')

const item = (more: JsonObject = {}): JsonObject => ({
  item_id: '2646610000000000001',
  name: 'Router',
  status: 'active',
  rate: 10,
  stock_on_hand: 4,
  last_modified_time: '2026-01-01T03:00:00+0300',
  ...more,
})

interface Reading {
  view?: string
  at?: string
}

async function write(
  db: Db,
  document: JsonObject,
  { view = 'list', at = '2026-02-01T00:00:00Z' }: Reading = {},
  entity = products,
) {
  const read = { sourceEntityId: String(document.item_id), view, document, readAt: at, readUntil: at }
  const [result] = await db.transaction().execute((tx) => writeDocuments(tx, entity, [read], context))
  if (!result) throw new Error('no result')
  return result
}

async function row(db: Db, table = 'products') {
  const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)} order by id`.execute(db)
  return rows[0] ?? {}
}

t.test('a new item becomes a row with exact prices, its currency and the whole document', async (t) => {
  const { db } = await testDatabase(t)
  const result = await write(db, item({ rate: JSON.parse('"10.50"'), sku: '' }))
  t.match(result, { outcome: 'written', change: 'inserted' })
  t.match(await row(db), {
    zoho_item_id: '2646610000000000001',
    unit_price: '10.50',
    currency_code: 'USD',
    sku: null,
    is_active: true,
    zoho_data: { name: 'Router' },
  })
})

t.test('the same document again is unchanged and does not move synced_at', async (t) => {
  const { db } = await testDatabase(t)
  await write(db, item())
  const before = await row(db)
  t.match(await write(db, item(), { at: '2026-02-02T00:00:00Z' }), { outcome: 'unchanged' })
  t.same(await row(db), before)
})

t.test('stale never overwrites newer, whatever the order of arrival', async (t) => {
  const { db } = await testDatabase(t)
  await write(db, item({ name: 'New', last_modified_time: '2026-01-02T00:00:00+0000' }))
  t.match(await write(db, item({ name: 'Old' }), { at: '2026-02-05T00:00:00Z' }), { outcome: 'stale' })
  t.match(await row(db), { name: 'New' })
})

t.test(
  'same time, other content: the later-started read wins, and an earlier one that overlaps is read again',
  async (t) => {
    const { db } = await testDatabase(t)
    await write(db, item({ stock_on_hand: 4 }), { at: '2026-02-01T00:00:10Z' })
    t.match(await write(db, item({ stock_on_hand: 5 }), { at: '2026-02-01T00:00:20Z' }), { outcome: 'written' })
    t.match(await write(db, item({ stock_on_hand: 6 }), { at: '2026-02-01T00:00:15Z' }), {
      outcome: 'stale',
      readAgain: false,
    })
    const read = {
      sourceEntityId: '2646610000000000001',
      view: 'list',
      document: item({ stock_on_hand: 7 }),
      readAt: '2026-02-01T00:00:15Z',
      readUntil: '2026-02-01T00:00:25Z',
    }
    const [overlapping] = await db.transaction().execute((tx) => writeDocuments(tx, products, [read], context))
    t.match(overlapping, { outcome: 'stale', readAgain: true })
    t.match(await row(db), { stock_on_hand: '5' })
  },
)

t.test('a read within two seconds of the modification is read again', async (t) => {
  const { db } = await testDatabase(t)
  t.match(await write(db, item({ last_modified_time: '2026-02-01T00:00:00+0000' }), { at: '2026-02-01T00:00:01.5Z' }), {
    readAgain: true,
  })
  t.match(await write(db, item({ last_modified_time: '2026-02-01T00:00:00+0000' }), { at: '2026-02-01T00:00:02.5Z' }), {
    readAgain: false,
  })
})

t.test('absent is not zero, blank is null, and one unreadable field never fails the record', async (t) => {
  const { db } = await testDatabase(t)
  await write(db, item({ reorder_level: 3 }))
  const { stock_on_hand: _gone, ...untracked } = item({
    reorder_level: '',
    rate: 'about ten',
    last_modified_time: '2026-01-03T00:00:00+0000',
  })
  t.match(await write(db, untracked), { outcome: 'written' })
  t.match(await row(db), {
    stock_on_hand: '4',
    reorder_level: null,
    unit_price: '10',
    field_errors: { unit_price: /expected a number/ },
  })
})

t.test('an item without stock fields has no stock, not a stock of zero', async (t) => {
  const { db } = await testDatabase(t)
  const { stock_on_hand: _none, ...service } = item()
  await write(db, service)
  t.match(await row(db), { stock_on_hand: null, available_stock: null })
})

t.test('a list row never replaces the kept detail, yet updates the columns', async (t) => {
  const { db } = await testDatabase(t)
  await write(db, item())
  await write(db, item({ custom_fields: [{ api_name: 'cf_name_ar', value: 'راوتر' }] }), {
    view: 'detail',
    at: '2026-02-02T00:00:00Z',
  })
  await write(db, item({ name: 'Router 2', last_modified_time: '2026-01-05T00:00:00+0000' }), {
    at: '2026-02-03T00:00:00Z',
  })
  t.match(await row(db), { name: 'Router 2', name_ar: 'راوتر', zoho_data: { custom_fields: [{ value: 'راوتر' }] } })
})

t.test(
  'A to B to A through two views ends right: a view forgets its hash when another changed the columns',
  async (t) => {
    const { db } = await testDatabase(t)
    await write(db, item({ stock_on_hand: 5 }))
    await write(db, item({ stock_on_hand: 7 }), { view: 'detail', at: '2026-02-02T00:00:00Z' })
    t.match(await write(db, item({ stock_on_hand: 5 }), { at: '2026-02-03T00:00:00Z' }), { outcome: 'written' })
    t.match(await row(db), { stock_on_hand: '5' })
  },
)

t.test('a deletion leaves a tombstone that a late update cannot raise and a later read can', async (t) => {
  const { db } = await testDatabase(t)
  await write(db, item())
  const bury = (readAt: string) =>
    db.transaction().execute((tx) => buryRows(tx, products, [{ sourceEntityId: '2646610000000000001', readAt }]))
  t.match(await bury('2026-01-31T00:00:00Z'), [{ outcome: 'unchanged' }], 'a proof older than the row proves nothing')
  t.match(await bury('2026-02-02T00:00:00Z'), [{ outcome: 'written', change: 'deleted' }])
  t.match(await row(db), { deleted_at: Date, is_active: false })
  t.match(
    await write(db, item({ name: 'Late', last_modified_time: '2026-01-09T00:00:00+0000' }), {
      at: '2026-02-01T12:00:00Z',
    }),
    { outcome: 'stale' },
  )
  t.match(await write(db, item(), { at: '2026-02-03T00:00:00Z' }), { outcome: 'written' })
  t.match(await row(db), { deleted_at: null, is_active: true })
})

t.test('a set of stock rows is replaced as a whole, and an older set changes nothing', async (t) => {
  const { db } = await testDatabase(t)
  const places = (...locations: JsonObject[]) => item({ locations })
  const at = (id: string, n: unknown) => ({
    location_id: id,
    location_stock_on_hand: n,
    location_available_for_sale_stock: '',
  })
  t.match(await write(db, places(at('1', 3), at('2', '0')), { view: 'detail' }, stock), { outcome: 'written' })
  t.match(await write(db, places(at('1', 3), at('2', '0')), { view: 'detail', at: '2026-02-02T00:00:00Z' }, stock), {
    outcome: 'unchanged',
  })
  t.match(await write(db, places(at('1', 4)), { view: 'detail', at: '2026-02-03T00:00:00Z' }, stock), {
    outcome: 'written',
  })
  t.match(await write(db, places(at('2', 9)), { view: 'detail', at: '2026-02-02T12:00:00Z' }, stock), {
    outcome: 'stale',
  })
  t.match(
    await write(db, item(), { view: 'detail', at: '2026-02-04T00:00:00Z' }, stock),
    { outcome: 'unchanged' },
    'a document that does not speak of stock touches none',
  )
  const { rows } =
    await sql`select zoho_location_id, stock_on_hand, available_for_sale, deleted_at from inventory_items order by 1`.execute(
      db,
    )
  t.match(rows, [
    { zoho_location_id: '1', stock_on_hand: '4', available_for_sale: null, deleted_at: null },
    { zoho_location_id: '2', stock_on_hand: '0', deleted_at: Date },
  ])
})

t.test('texts that PostgreSQL cannot hold are mended, not lost', async (t) => {
  const { db } = await testDatabase(t)
  t.match(await write(db, item({ name: 'a\0b', description: 'x\ud800y' })), { outcome: 'written' })
  t.match(await row(db), { name: 'a\uFFFDb', description: 'x\uFFFDy', zoho_data: { name: 'a\uFFFDb' } })
})
