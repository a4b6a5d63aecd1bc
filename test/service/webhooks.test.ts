import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { sql } from '../../db/index.ts'
import { type Service, secrets, startService, until } from '../helpers/service.ts'

const path = '/api/tds/webhooks/products'

async function post({ url }: Service, body: string, headers: Record<string, string> = sign(body), to = path) {
  const reply = await fetch(url + to, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })
  return { status: reply.status, json: (await reply.json()) as { success: boolean; event_id: string; queued: boolean } }
}

const sign = (body: string) => ({
  'x-zoho-webhook-signature': createHmac('sha256', secrets.webhook).update(body).digest('hex'),
})

const seed = async (t: Test) => {
  const service = await startService(t)
  await service.syncAll()
  await service.quiet()
  const records = service.simulator.control.records
  const [id = ''] = records.ids('items')
  const body = (more: object = {}) =>
    JSON.stringify({ item: { item_id: id, last_modified_time: '2026-01-01T00:00:00+0300', ...more } })
  const row = async () =>
    (await sql<Record<string, unknown>>`select * from products where zoho_item_id = ${id}`.execute(service.db)).rows[0]
  return { service, records, id, body, row }
}

t.test('a signed webhook for a changed item shows in products; the same body again is absorbed', async (t) => {
  const { service, records, id, body, row } = await seed(t)
  records.change('items', id, { name: 'Renamed', rate: 12 })
  const first = await post(service, body())
  t.match(first, { status: 200, json: { success: true, queued: true, event_id: String, idempotency_key: String } })
  await until(service.db, 'the row shows it', sql`select name = 'Renamed' from products where zoho_item_id = ${id}`)
  t.match(await row(), { unit_price: '12' })
  const again = await post(service, body())
  t.match(again, { status: 200, json: { queued: false, event_id: first.json.event_id } })
  await service.quiet()
  const { rows } =
    await sql`select outcome, settled_at from tds_inbox_events where event_id = ${first.json.event_id}`.execute(
      service.db,
    )
  t.match(rows, [{ outcome: 'written', settled_at: Date }])
})

t.test('the body is never believed: an older or invented one changes nothing', async (t) => {
  const { service, body, row } = await seed(t)
  const before = await row()
  await post(service, body({ name: 'Invented', rate: 0, last_modified_time: '2020-01-01T00:00:00+0300' }))
  await service.quiet()
  t.same(await row(), before)
})

t.test('forged is refused, garbage with the right key is kept and shown as parked', async (t) => {
  const { service, body } = await seed(t)
  t.equal((await post(service, body(), { 'x-zoho-webhook-signature': 'f'.repeat(64) })).status, 401)
  t.equal((await post(service, body(), {})).status, 401)
  const garbage = await post(service, '{"item":{"item_id":', { 'x-webhook-key': secrets.key })
  t.match(garbage, { status: 200, json: { success: true } })
  await service.quiet()
  const events = await fetch(`${service.url}/api/tds/events?status=parked`, {
    headers: { authorization: `Bearer ${secrets.admin}` },
  })
  t.match(await events.json(), {
    items: [{ event_id: garbage.json.event_id, status: 'parked', reason: String }],
    total: 1,
  })
})

t.test('A to B to A and a body that holds only an id both end right', async (t) => {
  const { service, records, id, body, row } = await seed(t)
  const original = records.get('items', id).fields.rate
  records.change('items', id, { rate: 1 })
  await post(service, body({ rate: 1 }))
  await until(service.db, 'B', sql`select unit_price = 1 from products where zoho_item_id = ${id}`)
  records.change('items', id, { rate: 2 })
  t.match(await post(service, JSON.stringify({ item_id: id })), { json: { queued: true } })
  await until(service.db, 'C', sql`select unit_price = 2 from products where zoho_item_id = ${id}`)
  records.change('items', id, { rate: original ?? 0 })
  t.match(
    await post(service, JSON.stringify({ item_id: id })),
    { json: { queued: true } },
    'the same id-only body is a new event',
  )
  await service.quiet()
  t.not((await row())?.unit_price, '2')
})

t.test('an event that arrives while its item is being read is not lost', async (t) => {
  const { service, records, id, body } = await seed(t)
  const hold = service.simulator.control.faults.set({ kind: 'hold', purpose: 'items bulk', times: 1 })
  records.change('items', id, { rate: 5 })
  await post(service, body({ n: 1 }))
  await service.simulator.control.faults.waiting(hold, 1)
  records.change('items', id, { rate: 6 })
  const second = await post(service, body({ n: 2 }))
  await until(
    service.db,
    'the second event is promoted',
    sql`select status = 'promoted' from tds_inbox_events where event_id = ${second.json.event_id}`,
  )
  service.simulator.control.faults.release(hold)
  await until(service.db, 'the last price', sql`select unit_price = 6 from products where zoho_item_id = ${id}`)
  await service.quiet()
  const { rows } = await sql`select outcome from tds_inbox_events where event_id = ${second.json.event_id}`.execute(
    service.db,
  )
  t.match(rows, [{ outcome: String }])
})

t.test('an id as a JSON number of 19 digits finds its item', async (t) => {
  const { service, records, id } = await seed(t)
  records.change('items', id, { rate: 31 })
  t.ok(id.length === 19)
  await post(service, `{"item":{"item_id":${id}}}`)
  await until(service.db, 'the price', sql`select unit_price = 31 from products where zoho_item_id = ${id}`)
})

t.test(
  "a deleted item becomes a tombstone with its stock; Zoho's test button and unknown ids are skipped",
  async (t) => {
    const { service, records, id, body } = await seed(t)
    records.delete('items', id)
    await post(service, body(), sign(body()), path)
    await post(service, '{"item":{"item_id":"999"}}')
    await service.quiet()
    const { rows } =
      await sql`select deleted_at is not null as gone, is_active, image_url from products where zoho_item_id = ${id}`.execute(
        service.db,
      )
    t.match(rows, [{ gone: true, is_active: false, image_url: null }])
    const skipped = await sql`select outcome, wait_reason from tds_sync_queue where source_entity_id = '999'`.execute(
      service.db,
    )
    t.match(skipped.rows, [{ outcome: 'skipped', wait_reason: 'not at source' }])
    t.match((await sql`select count(*) as n from tds_dead_letter_queue`.execute(service.db)).rows, [{ n: 0 }])
  },
)

t.test('an endpoint that answers 404 for everything deletes nothing', async (t) => {
  const { service, id } = await seed(t)
  service.simulator.control.faults.set({
    kind: 'reply',
    path: '/inventory/v1/items/',
    status: 404,
    body: '{"code":5,"message":"Invalid URL Passed"}',
    contentType: 'application/json',
  })
  service.simulator.control.faults.set({
    kind: 'reply',
    purpose: 'items bulk',
    status: 200,
    body: '{"code":0,"message":"success","items":[]}',
    contentType: 'application/json',
  })
  await post(service, JSON.stringify({ item_id: id }))
  await until(
    service.db,
    'the first attempt failed',
    sql`select exists (select from tds_sync_logs where source_entity_id = ${id} and error_code = 'ZOHO_ENDPOINT_DOUBTFUL')`,
  )
  t.match((await sql`select deleted_at from products where zoho_item_id = ${id}`.execute(service.db)).rows, [
    { deleted_at: null },
  ])
})

t.test('one record that cannot be written fails alone', async (t) => {
  const { service, records } = await seed(t)
  const [bad = '', good = ''] = records.ids('items')
  await sql`alter table products add constraint no_poison check (name <> 'poison')`.execute(service.db)
  records.change('items', bad, { name: 'poison' })
  records.change('items', good, { name: 'fine' })
  await Promise.all([bad, good].map((id) => post(service, JSON.stringify({ item_id: id }))))
  await until(
    service.db,
    'the neighbour is written',
    sql`select name = 'fine' from products where zoho_item_id = ${good}`,
  )
  await until(
    service.db,
    'the poison is a dead letter',
    sql`select exists (select from tds_dead_letter_queue where source_entity_id = ${bad} and error_code = '23514')`,
  )
  await sql`alter table products drop constraint no_poison`.execute(service.db)
  const reply = await fetch(`${service.url}/api/tds/dlq/requeue`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secrets.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ filter: { entity_type: 'products' }, dry_run: false, reason: 'the constraint is gone' }),
  })
  t.match(await reply.json(), { count: 1, batch_id: String })
  await until(
    service.db,
    'it is written and resolved',
    sql`select resolved from tds_dead_letter_queue where source_entity_id = ${bad}`,
  )
})
