import t from 'tap'
import { parseJsonDigits } from '../../db/index.ts'
import {
  documentId,
  type Entity,
  hashDocument,
  type JsonObject,
  loadEntities,
  mapDocument,
  viewOf,
} from '../../src/entities/index.ts'
import { context, readFixture } from './fixture.ts'

const entities = await loadEntities()
const products = entities.get('products')
const item = await firstDocument('products')

t.test('the order in which Zoho writes the keys is no change', async (t) => {
  const nested = { ...item, custom_fields: [{ api_name: 'a', value: '1' }], address: { b: 1, a: { d: 1, c: 2 } } }
  t.equal(hashOf(reversed(nested)), hashOf(nested))
})

t.test('what people see is a change', async (t) => {
  t.not(hashOf({ ...item, rate: 7 }), hashOf(item))
  t.not(hashOf({ ...item, description: null }), hashOf(item), 'also of a blank from one kind to the other')
  t.not(hashOf({ ...item, cf_new: '' }), hashOf(item), 'also of a key that came')
})

t.test('the digits of an amount are part of it', async (t) => {
  t.not(hashOf(parsed('{"rate":6.00}')), hashOf(parsed('{"rate":6.01}')))
  t.equal(hashOf(parsed('{"rate":6.00}')), hashOf(parsed('{"rate":6.00}')))
})

t.test('what moves by itself is no change', async (t) => {
  const moving = {
    ...item,
    rate_formatted: '$7.00',
    can_be_sold: true,
    due_days: 'Due in 3 days',
    balance_due: 1,
    lock_details: { can_lock: true },
    client_viewed_time: '2025-01-01',
  }
  t.equal(hashOf(moving), hashOf(item))
  const warehouses = entities.get('warehouses')
  const place = await firstDocument('warehouses')
  t.equal(hashOf({ ...place, associated_users: [] }, warehouses), hashOf(place, warehouses), 'what the view names, too')
})

t.test('another base currency or custom field reaches rows whose document is the same', async (t) => {
  const view = viewOf(products, 'list')
  const hash = hashDocument(item, view, context)
  t.not(hashDocument(item, view, { ...context, baseCurrency: 'IQD' }), hash)
  t.not(hashDocument(item, view, { ...context, nameArField: 'cf_other' }), hash)
  t.not(hashDocument(item, view, { ...context, descriptionArField: 'cf_other' }), hash)
})

t.test('a document without its id is a permanent error', async (t) => {
  for (const document of [{}, { item_id: '' }, { item_id: null }, { id: '5100000000030001' }])
    t.throws(() => documentId(products, document), { code: 'DOCUMENT_WITHOUT_ID', kind: 'permanent' })
})

t.test('an id keeps its digits whatever kind of value it came as', async (t) => {
  t.equal(documentId(products, parsed('{"item_id":12345678901234567890}')), '12345678901234567890')
  t.equal(documentId(products, parsed('{"item_id":"12345678901234567890"}')), '12345678901234567890')
  t.equal(documentId(entities.get('warehouses'), { warehouse_id: '7' }), '7', 'the second name of it counts as well')
})

t.test('a view that an entity does not have is a permanent error', async (t) => {
  t.throws(() => mapDocument(products, 'webhook', item, context), { code: 'VIEW_UNKNOWN', kind: 'permanent' })
})

t.test('one unreadable field is noted and leaves the others alone', async (t) => {
  const row = mapDocument(products, 'list', { ...item, reorder_level: '70%', rate: { amount: 6 } }, context)
  t.match(row.fieldErrors, {
    reorder_level: 'expected a number, got "70%"',
    unit_price: 'expected a number, got a object',
  })
  t.notOk('reorder_level' in row.columns)
  t.equal(row.columns.sku, 'K/17, white 100%')
})

t.test('what a part shows of another record is no change of its own', async (t) => {
  const view = { ...viewOf(products, 'list'), volatile: ['invoices.balance'] }
  const payment = (balance: number, applied: number) =>
    hashDocument({ balance: 1, invoices: [{ balance, applied }] }, view, context)
  t.equal(payment(1, 5), payment(2, 5))
  t.not(payment(1, 5), payment(1, 6), 'the rest of the part counts')
  t.not(
    hashDocument({ balance: 1 }, view, context),
    hashDocument({ balance: 2 }, view, context),
    'and so does a key of that name elsewhere',
  )
})

function hashOf(document: JsonObject, entity: Entity = products): string {
  return hashDocument(document, viewOf(entity, 'list'), context)
}

async function firstDocument(name: string): Promise<JsonObject> {
  const { documents } = await readFixture(name)
  const [first] = documents
  if (!first) throw new Error(`The fixture of ${name} has no document`)
  return first.document
}

function parsed(source: string): JsonObject {
  const value = parseJsonDigits(source)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function reversed(value: JsonObject): JsonObject {
  const entries = Object.entries(value).toReversed()
  return Object.fromEntries(entries.map(([key, part]) => [key, isPlain(part) ? reversed(part) : part]))
}

function isPlain(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) !== null
}
