import { createHash } from 'node:crypto'
import t from 'tap'
import { type OpenDatabase, sql } from '../../db/index.ts'
import type { IncomingWebhook } from '../../src/inbox/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { incoming } from './records.ts'
import { byId, eventsIn, inboxOver } from './setup.ts'

const dated = (text = 'A', over: Partial<IncomingWebhook> = {}) =>
  incoming({
    body: Buffer.from(`{"item":{"item_id":"46","name":"${text}","last_modified_time":"2026-03-01T10:00:00+0300"}}`),
    ...over,
  })
const undated = (text = 'A') => incoming({ body: Buffer.from(`{"item_id":"46","name":"${text}"}`) })

const settle = ({ db }: OpenDatabase, eventId: string, set: string) =>
  sql`update tds_inbox_events set ${sql.raw(set)} where event_id = ${eventId}`.execute(db)

t.test('a webhook is in the table, byte for byte, when it is answered', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  const body = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x00, 0xff, 0x27, 0x5c])
  const query = [
    ['event', 'edited'],
    ['key', 'secret'],
  ] as const
  const receipt = await inbox.receive(incoming({ body, query, method: 'PUT', authMethod: 'signature-hex' }))
  t.match(receipt, { queued: true, idempotencyKey: /^[0-9a-f]{64}$/ })
  const { rows } = await sql<object>`
    select * from tds_inbox_events join tds_inbox_payloads using (event_id)`.execute(database.db)
  t.equal(rows.length, 1)
  t.match(rows[0], {
    event_id: receipt.eventId,
    module: 'products',
    event: 'edited',
    method: 'PUT',
    status: 'received',
    body,
    sha256: createHash('sha256').update(body).digest(),
    content_type: 'application/json',
    query: { event: 'edited' },
    auth_method: 'signature-hex',
    source_address: '127.0.0.1',
    request_id: 'req-1',
  })
  t.notHas(rows[0], { query: { key: 'secret' } })
})

t.test('a repeat that tells its modification time is absorbed without its bytes', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  const first = await inbox.receive(dated())
  const second = await inbox.receive(dated())
  const third = await inbox.receive(dated())
  t.same(second, { ...first, queued: false })
  t.same(third, second)
  const rows = await eventsIn(database)
  t.same(
    rows.map(({ status, duplicate_of, body }) => [status, duplicate_of, body === null]),
    [
      ['received', null, false],
      ['duplicate', first.eventId, true],
      ['duplicate', first.eventId, true],
    ],
  )
})

t.test('repeats that arrive at once are absorbed too, and all name the same first', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  const burst = (round: string) =>
    Promise.all(Array.from({ length: 60 }, (_, i) => inbox.receive(dated(`${round}${i % 3}`))))
  for (const round of ['first', 'second', 'third', 'fourth']) {
    const receipts = await burst(round)
    t.equal(receipts.filter((each) => each.queued).length, 3)
    t.equal(new Set(receipts.map((each) => each.eventId)).size, 3)
  }
  t.equal((await eventsIn(database)).filter((row) => row.status === 'duplicate').length, 4 * 57)
})

t.test('another event, module or byte is no repeat', async (t) => {
  const { inbox } = inboxOver(t, await testDatabase(t))
  await inbox.receive(dated())
  t.equal((await inbox.receive(dated('B'))).queued, true)
  t.equal((await inbox.receive(dated('A', { module: 'stock' }))).queued, true)
  t.equal((await inbox.receive(dated('A', { method: 'DELETE' }))).queued, true)
})

t.test('without a modification time A, B and A again are three events', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  for (const text of ['A', 'B', 'A']) t.equal((await inbox.receive(undated(text))).queued, true)
  const both = await Promise.all([inbox.receive(undated()), inbox.receive(undated())])
  t.not(both[0].eventId, both[1].eventId)
  t.equal((await eventsIn(database)).length, 5)
})

t.test('a repeat is kept where its first led nowhere or is old', async (t) => {
  const cases = {
    parked: "status = 'parked', reason = 'unknown module'",
    'dead-lettered, by its outcome': "status = 'promoted', outcome = 'failed', settled_at = now()",
    'more than a day old': "received_at = now() - interval '24 hours 1 minute'",
  }
  for (const [words, set] of Object.entries(cases)) {
    const database = await testDatabase(t)
    const { inbox } = inboxOver(t, database)
    const first = await inbox.receive(dated())
    await settle(database, first.eventId, set)
    const again = await inbox.receive(dated())
    t.match(again, { queued: true }, words)
    t.not(again.eventId, first.eventId)
    t.same(await inbox.receive(dated()), { ...again, queued: false }, 'the next repeat is absorbed by the second')
  }
})

t.test('a repeat is kept while its record lies in the dead letters, and absorbed once that is resolved', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  const first = await inbox.receive(dated())
  await settle(database, first.eventId, "status = 'promoted', entity_type = 'products', source_entity_id = '46'")
  await sql`insert into tds_dead_letter_queue (entity_type, source_entity_id) values ('products', '46')`.execute(
    database.db,
  )
  const again = await inbox.receive(dated())
  t.equal(again.queued, true)
  await sql`update tds_dead_letter_queue set resolved = true`.execute(database.db)
  t.same(await inbox.receive(dated()), { ...first, queued: false })
})

t.test('two thousand webhooks at once are all stored, once each', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  const bodies = Array.from({ length: 2_000 }, (_, i) => Buffer.from(`{"item":{"item_id":"${46_000 + i}"}}`))
  const receipts = await Promise.all(bodies.map((body) => inbox.receive(incoming({ body }))))
  const rows = await eventsIn(database)
  t.equal(rows.length, 2_000)
  const stored = new Map(rows.map((row) => [row.event_id, row.body]))
  t.ok(receipts.every(({ eventId }, index) => stored.get(eventId)?.equals(bodies[index] ?? Buffer.alloc(0))))
})

t.test('one row the database refuses fails alone, not its neighbours', async (t) => {
  const database = await testDatabase(t)
  await sql`alter table tds_inbox_events add constraint poison check (module <> 'poison')`.execute(database.db)
  const { inbox, spoolDir } = inboxOver(t, database)
  const webhooks = Array.from({ length: 40 }, (_, i) =>
    incoming({ module: i === 17 ? 'poison' : 'products', body: Buffer.from(`{"item_id":"${i}"}`) }),
  )
  const answers = await Promise.allSettled(webhooks.map((webhook) => inbox.receive(webhook)))
  t.match(answers[17], { status: 'rejected', reason: { code: 'INBOX_ROW_REFUSED', status: 503 } })
  t.equal(answers.filter((answer) => answer.status === 'fulfilled').length, 39)
  t.equal((await eventsIn(database)).length, 39)
  t.match(inbox.state(), { databaseTakesWebhooks: true, spoolBytes: 0 }, 'and the spool was not needed')
  t.ok(spoolDir)
})

t.test('beyond the waiting list webhooks are refused with 503, and taken again later', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database, { maxWaiting: 10 })
  const burst = Array.from({ length: 12 }, (_, i) => inbox.receive(incoming({ body: Buffer.from(`${i}`) })))
  const answers = await Promise.allSettled(burst)
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
  t.match(refused, [
    { code: 'INBOX_BUSY', status: 503 },
    { code: 'INBOX_BUSY', status: 503 },
  ])
  t.equal((await inbox.receive(incoming())).queued, true)
  t.equal((await eventsIn(database)).length, 11)
})

t.test('stopping answers what waits, refuses what comes and may be done twice', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  inbox.start()
  const waiting = Array.from({ length: 300 }, (_, i) => inbox.receive(incoming({ body: Buffer.from(`${i}`) })))
  await inbox.stop()
  const receipts = await Promise.all(waiting)
  await t.rejects(inbox.receive(incoming()), { code: 'INBOX_STOPPING', status: 503 })
  await inbox.stop()
  const rows = await eventsIn(database)
  t.ok(receipts.every(({ eventId }) => byId(rows, eventId)))
})
