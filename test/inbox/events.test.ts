import t from 'tap'
import { sql } from '../../db/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { incoming } from './records.ts'
import { eventsIn, inboxOver, until, webhookKey } from './setup.ts'

t.test('events are listed newest first, page by page, each once', async (t) => {
  const { inbox } = inboxOver(t, await testDatabase(t))
  const ids: string[] = []
  for (let n = 0; n < 7; n += 1) ids.push((await inbox.receive(incoming())).eventId)
  const seen: string[] = []
  let after: string | undefined
  do {
    const page = await inbox.events.list({ limit: 3, ...(after && { after }) })
    t.equal(page.total, 7)
    seen.push(...page.items.map((item) => item.event_id))
    after = page.next ?? undefined
  } while (after)
  t.same(seen, ids.toReversed())
})

t.test('filters narrow the list and its total', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  await inbox.receive(incoming({ module: 'invoices' }))
  const old = await inbox.receive(incoming())
  await sql`update tds_inbox_events set received_at = now() - interval '2 days', status = 'parked', reason = 'x'
    where event_id = ${old.eventId}`.execute(database.db)
  const ids = async (filter: object) => (await inbox.events.list({ limit: 10, ...filter })).items.map((e) => e.event_id)
  t.same(await ids({ status: 'parked' }), [old.eventId])
  t.same(await ids({ module: 'products' }), [old.eventId])
  t.equal((await inbox.events.list({ limit: 10, since: new Date(Date.now() - 3_600_000) })).total, 1)
  t.same(await ids({ until: new Date(Date.now() - 3_600_000) }), [old.eventId])
  await sql`update tds_inbox_events set entity_type = 'products', source_entity_id = '46' where event_id = ${old.eventId}`.execute(
    database.db,
  )
  t.same(await ids({ sourceEntityId: '46' }), [old.eventId])
  t.same(await ids({ entityType: 'products', sourceEntityId: '47' }), [])
})

t.test('one event is shown with its bytes, as text where they are text', async (t) => {
  const { inbox } = inboxOver(t, await testDatabase(t))
  const show = async (body: Buffer) => {
    const { eventId } = await inbox.receive(incoming({ body }))
    return (await inbox.events.find(eventId))?.payload
  }
  const text = '\ufeff{"name":"شاشة 12345678901234567891"}'
  t.match(await show(Buffer.from(text)), {
    body: text,
    encoding: 'utf8',
    truncated: false,
    bytes: Buffer.byteLength(text),
  })
  t.match(await show(Buffer.from([0xff, 0])), { body: '/wA=', encoding: 'base64' })
  const long = await show(Buffer.from(`x${'ش'.repeat(50_000)}`))
  t.match(long, { bytes: 100_001, truncated: true, encoding: 'utf8', body: /^xش+$/ })
  const whole = `x${'ش'.repeat(50_000)}`
  const { eventId } = await inbox.receive(incoming({ body: Buffer.from(whole) }))
  t.match((await inbox.events.find(eventId, { whole: true }))?.payload, { truncated: false, body: whole })
  t.equal(await inbox.events.find('0190a1b2-0000-7000-8000-000000000000'), undefined)
})

t.test('a replay promotes parked and promoted events once more, and leaves repeats alone', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  inbox.start()
  const webhook = incoming({ body: Buffer.from('{"item":{"item_id":"46","last_modified_time":"x"}}') })
  const { eventId } = await inbox.receive(webhook)
  await inbox.receive(webhook)
  const version = async () => (await eventsIn(database))[0]?.requested_version
  await until(async () => (await version()) === 1, 'promotion')
  const ids = (await eventsIn(database)).map((row) => row.event_id)
  const why = { actor: 'key tester', reason: 'once more' }
  t.same(await inbox.events.replay({ ids, ...why }), { count: 1, records: 1, parked: 0 })
  await until(async () => (await version()) === 2, 'the second promotion')
  t.match(await inbox.events.replay({ ids: [], ...why }), { count: 0 })
  const trail = await database.db.selectFrom('tds_audit_trail').selectAll().execute()
  t.match(trail, [{ action: 'events.replay', affected: 1, ...why }])
  t.equal(trail.length, 1)
  t.ok(eventId)
})

t.test('received, repeated and refused webhooks are counted by the minute', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  const request = { query: [], body: Buffer.alloc(0), contentType: undefined, signature: undefined, sourceAddress: 'x' }
  const webhook = incoming({ body: Buffer.from('{"last_modified_time":1}') })
  await inbox.receive(webhook)
  await inbox.receive(webhook)
  for (const keyHeader of ['wrong', 'wrong', undefined, webhookKey]) {
    inbox.authenticate({ ...request, keyHeader, module: 'products' })
  }
  await inbox.stop()
  const { rows } = await sql<{ name: string; label: string; value: number }>`
    select name, label, sum(value)::int as value from tds_metrics group by name, label order by name, label`.execute(
    database.db,
  )
  t.same(rows, [
    { name: 'webhook_duplicate', label: 'products', value: 1 },
    { name: 'webhook_received', label: 'products', value: 2 },
    { name: 'webhook_refused', label: 'missing', value: 1 },
    { name: 'webhook_refused', label: 'wrong_key', value: 2 },
  ])
})
