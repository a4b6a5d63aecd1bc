import t from 'tap'
import { toEventRecord } from '../../src/inbox/event-record.ts'
import { incoming } from './records.ts'

const now = Date.parse('2026-03-01T10:00:00Z')

t.test('secrets are not kept: neither the key of the query nor headers nobody asked for', async (t) => {
  const kept = toEventRecord(
    incoming({
      query: [
        ['key', 'static-key'],
        ['event', 'edited'],
        ['tag', 'a'],
        ['tag', 'b'],
      ],
      headers: {
        'x-webhook-key': 's',
        authorization: 's',
        cookie: 's',
        'user-agent': 'ZohoBooks',
        'x-forwarded-for': '1',
      },
    }),
    now,
  )
  t.same(kept.query, { event: 'edited', tag: ['a', 'b'] })
  t.same(kept.headers, { 'user-agent': 'ZohoBooks' })
})

t.test('the event comes from the query or the method', async (t) => {
  t.equal(toEventRecord(incoming({ query: [['event', ' Deleted ']] }), now).event, 'deleted')
  t.equal(toEventRecord(incoming({ method: 'DELETE' }), now).event, 'deleted')
  t.equal(toEventRecord(incoming(), now).event, null)
})

t.test('the key of a repeat is module, event and bytes', async (t) => {
  const key = (over: Parameters<typeof incoming>[0]) => toEventRecord(incoming(over), now).idempotencyKey
  t.equal(key({}), key({ requestId: 'other', query: [['key', 'x']], sourceAddress: '10.0.0.1' }))
  const different = new Set([
    key({}),
    key({ module: 'stock' }),
    key({ query: [['event', 'edited']] }),
    key({ body: Buffer.from('{}') }),
  ])
  t.equal(different.size, 4)
})

t.test('only a body that tells when it was modified is repeatable, in a form too', async (t) => {
  const repeatable = (text: string) => toEventRecord(incoming({ body: Buffer.from(text) }), now).repeatable
  t.ok(repeatable('{"item":{"item_id":"1","last_modified_time":"2026-01-01T00:00:00+0300"}}'))
  t.ok(repeatable(`JSONString=${encodeURIComponent('{"last_modified_time":"x"}')}`))
  t.notOk(repeatable('{"item_id":"1"}'))
})

t.test('nothing a sender writes can make the record unstorable', async (t) => {
  const kept = toEventRecord(
    incoming({ query: [['a\0', '\ud800']], contentType: 'x\0', headers: { 'user-agent': '\ud800' } }),
    now,
  )
  t.same(kept.query, { 'a\ufffd': '\ufffd' })
  t.equal(kept.contentType, 'x\ufffd')
  t.equal(kept.receivedAt, '2026-03-01T10:00:00.000Z')
})
