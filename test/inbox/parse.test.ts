import fc from 'fast-check'
import t from 'tap'
import { type ParseOptions, parseWebhook, type StoredWebhook } from '../../src/inbox/parse.ts'
import type { ModuleRoute } from '../../src/inbox/types.ts'

const products: ModuleRoute = {
  entityType: 'products',
  idFields: ['item_id'],
  payloadKeys: ['item'],
  lane: 'read',
  priority: 1,
}
const payments: ModuleRoute = {
  entityType: 'customer_payments',
  idFields: ['payment_id', 'customerpayment_id'],
  payloadKeys: ['payment', 'customerpayment'],
  lane: 'read',
  priority: 1,
}
const modules: Readonly<Record<string, ModuleRoute>> = { products, item: products, payments }
const options: ParseOptions = { organizationId: '60069194202', resolve: (module) => modules[module] ?? null }

const webhook = (body: string | Buffer, over: Partial<StoredWebhook> = {}): StoredWebhook => ({
  module: 'products',
  event: null,
  body: Buffer.from(body),
  contentType: 'application/json',
  query: {},
  ...over,
})

const idOf = (body: string | Buffer, over: Partial<StoredWebhook> = {}) => {
  const parsed = parseWebhook(webhook(body, over), options)
  return 'parked' in parsed ? `parked: ${parsed.parked}` : parsed.sourceEntityId
}
const reasonOf = (body: string | Buffer, over: Partial<StoredWebhook> = {}) => {
  const parsed = parseWebhook(webhook(body, over), options)
  return 'parked' in parsed ? parsed.parked : `not parked: ${parsed.sourceEntityId}`
}
const form = { contentType: 'application/x-www-form-urlencoded' }

t.test('the id is found however Zoho wraps the document', async (t) => {
  t.equal(idOf('{"item":{"item_id":"4600011","name":"شاشة"}}'), '4600011')
  t.equal(idOf('{"item_id":"4600012"}'), '4600012')
  t.equal(idOf('[{"item":{"item_id":"4600013"}}]'), '4600013')
  t.equal(idOf('{"product":{"item_id":"4600014"}}'), '4600014')
  t.equal(idOf('{"customerpayment":{"payment_id":"46"}}', { module: 'payments' }), '46')
  t.equal(idOf('{"customerpayment":{"customerpayment_id":"47"}}', { module: 'payments' }), '47')
  t.equal(idOf('{"id":"4600015"}'), '4600015')
  t.equal(idOf('  \ufeff{"item":{"item_id":"4600016"}}\r\n'.trimStart()), '4600016')
})

t.test('ids keep every digit, as numbers too', async (t) => {
  t.equal(idOf('{"item":{"item_id":987654321}}'), '987654321')
  t.equal(idOf('{"item":{"item_id":4600001234567890123}}'), '4600001234567890123')
  t.equal(idOf('{"item":{"item_id":12345678901234567891}}'), '12345678901234567891')
})

t.test('forms work with fields, with JSONString and when labelled as something else', async (t) => {
  const document = encodeURIComponent('{"item":{"item_id":12345678901234567891}}')
  t.equal(idOf('item_id=4600021&name=%D8%B4', form), '4600021')
  t.equal(idOf(`JSONString=${document}`, form), '12345678901234567891')
  t.equal(idOf(`JSONString=${document}`), '12345678901234567891')
  t.equal(idOf('{"item_id":"4600022"}', form), '4600022')
})

t.test('an id in the query serves a body without one', async (t) => {
  t.equal(idOf('', { query: { item_id: '4600031' } }), '4600031')
  t.equal(idOf('{"name":"x"}', { query: { id: '4600032' } }), '4600032')
  t.equal(idOf('{"item_id":"4600033"}', { query: { id: '9' } }), '4600033')
})

t.test('the event is what was noted at the door', async (t) => {
  t.match(parseWebhook(webhook('{"item_id":"1"}', { event: 'deleted' }), options), { event: 'deleted' })
})

t.test('what cannot be used is parked with a reason a person understands', async (t) => {
  t.match(reasonOf('{"item_id":"1"}', { module: 'pigeons' }), /unknown module pigeons/)
  t.match(reasonOf(''), /empty body: Zoho's Test button/)
  t.match(reasonOf('{"item":{"item_id":"46'), /truncated/)
  t.match(reasonOf('{"item":}'), /not valid JSON/)
  t.match(reasonOf('hello'), /neither JSON nor a form: it begins with "hello"/)
  t.match(reasonOf('"item_id"'), /not one document/)
  t.match(reasonOf('[{"item_id":"1"},{"item_id":"2"}]'), /not one document/)
  t.match(reasonOf('{"name":"x"}'), /no item_id in the body or the query/)
  t.match(reasonOf('{"item_id":"../oauth"}'), /item_id "..\/oauth" is not a Zoho id/)
  t.match(reasonOf('{"item_id":1.5}'), /"1.5" is not a Zoho id/)
  t.match(reasonOf('{"item_id":"1"}\0'), /NUL byte/)
  t.match(reasonOf('{"item_id":"1","name":"a\\u0000b"}'), /NUL character/)
  t.match(reasonOf('{"item_id":"1","name":"\\ud83d"}'), /half a surrogate pair/)
  t.match(reasonOf('item_id=1%00', form), /NUL byte/)
  t.match(reasonOf(Buffer.from([0x7b, 0xff, 0x7d])), /not UTF-8/)
  t.match(
    reasonOf(`{"item_id":"1","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
    /nested too deeply|could not be read/,
  )
})

t.test('a whole surrogate pair and an escaped backslash are no fault', async (t) => {
  t.equal(idOf('{"item_id":"1","name":"\\ud83d\\ude00 \\\\u0000"}'), '1')
})

t.test('another organisation is not ours', async (t) => {
  t.match(reasonOf('{"organization_id":777,"item":{"item_id":"1"}}'), /organisation 777 is not ours/)
  t.match(reasonOf('{"item_id":"1"}', { query: { organization_id: '777' } }), /organisation 777/)
  t.equal(idOf('{"organization_id":60069194202,"item":{"item_id":"1"}}'), '1')
  const any = { ...options, organizationId: undefined }
  t.match(parseWebhook(webhook('{"organization_id":777,"item":{"item_id":"1"}}'), any), { sourceEntityId: '1' })
})

t.test('no bytes make it throw, and an id is always digits', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => Buffer.from(text)),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(`{"item":{"item_id":${JSON.stringify(text)}}}`)),
    fc.string().map((text) => Buffer.from(`JSONString=${text}`)),
  )
  const type = fc.constantFrom(null, 'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data', '')
  const query = fc.dictionary(fc.constantFrom('id', 'item_id', 'organization_id', '__proto__'), fc.anything())
  fc.assert(
    fc.property(bytes, type, query, (body, contentType, query) => {
      const parsed = parseWebhook(webhook(Buffer.from(body), { contentType, query }), options)
      return 'parked' in parsed ? parsed.parked.length > 0 : /^\d{1,30}$/.test(parsed.sourceEntityId)
    }),
    { numRuns: 2_000 },
  )
})
