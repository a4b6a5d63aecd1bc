import t from 'tap'
import { sql } from '../../db/index.ts'
import { secrets, startService, until } from '../helpers/service.ts'
import type { WebhookModeInput } from '../simulator/webhooks/mode.ts'
import { ask, openAlerts, rowOf, rowsOf, tell } from './setup.ts'

const service = await startService(t, { simulator: { items: 12 } })
const { db, simulator } = service
const { records, webhooks, faults } = simulator.control
const ids = records.ids('items')
const target = `${service.url}/api/tds/webhooks`

const statusOf = async ({ json }: { json: unknown }) =>
  rowOf(db, sql`select * from tds_inbox_events where event_id = ${(json as { event_id: string }).event_id}`)

const promoted = () =>
  until(
    db,
    'every event was looked at',
    sql`select not exists (select from tds_inbox_events where status = 'received')`,
  )

const modes: Readonly<Record<string, WebhookModeInput>> = {
  'JSON, signed in hex': { secret: secrets.webhook },
  'JSON, signed in Base64': { secret: secrets.webhook, encoding: 'base64' },
  'JSON with the key in a header': { staticKey: secrets.key },
  'JSON with the key in the query': { staticKey: secrets.key, staticKeyIn: 'query' },
  'ids as numbers of 19 digits': { secret: secrets.webhook, template: 'numeric-ids' },
  'a form': { secret: secrets.webhook, template: 'form' },
  'a form with JSONString': { secret: secrets.webhook, template: 'json-string' },
  'nothing but the id': { secret: secrets.webhook, template: 'id-only' },
}

t.test('I8: an hour without webhooks that is busy in other weeks is told', async (t) => {
  // In this hour and the one before it ten came in each of the last four weeks; the latest one of all three hours ago.
  await sql`
    insert into tds_metrics (resolution, bucket, name, label, value)
    select 'hour', date_trunc('hour', now()) - week * interval '7 days' - hour * interval '1 hour', 'webhook_received', 'items', 10
    from generate_series(1, 4) week, generate_series(0, 1) hour`.execute(db)
  await sql`
    insert into tds_inbox_events (event_id, received_at, module, status, outcome, settled_at)
    values ('01900000-0000-7000-8000-000000000000', now() - interval '3 hours', 'items', 'promoted', 'written', now())`.execute(
    db,
  )
  t.match((await openAlerts(service)).get('webhooks-silent'), { severity: 'warning', title: 'No webhooks arrive' })
})

t.test('I8: edits whose webhooks went astray are found by the next run, and told', async (t) => {
  webhooks.set({ target: `${service.url}/api/zoho/webhooks`, secret: secrets.webhook, retries: 0 })
  await service.sync('full', 'products')
  const lost = ids.slice(-3)
  for (const id of lost) records.change('items', id, { name: 'Nobody was told' })
  t.match(await webhooks.deliver(), [{ status: 404 }, { status: 404 }, { status: 404 }])
  const { id: run } = await service.sync('incremental', 'products')
  t.match(await rowOf(db, sql`select count(*) as n from products where name = 'Nobody was told'`), { n: 3 })
  // What such a run is when a webhook could not be only late any more.
  await sql`update tds_sync_runs set started_at = started_at - interval '20 minutes', settled_at = settled_at - interval '20 minutes' where id = ${run}`.execute(
    db,
  )
  await sql`update tds_sync_logs set created_at = created_at - interval '20 minutes' where run_id = ${run}`.execute(db)
  await sql`
    insert into tds_metrics (resolution, bucket, name, label, value)
    values ('hour', date_trunc('hour', now()) - interval '1 day', 'webhook_received', 'items', 10)`.execute(db)
  t.match((await openAlerts(service)).get('missed-webhooks'), { severity: 'critical', message: /products 3/ })
})

for (const [index, [words, mode]] of Object.entries(modes).entries()) {
  t.test(`I3: a webhook as ${words} brings the item`, async (t) => {
    webhooks.set({ target, ...mode })
    const id = ids[index] ?? ''
    records.change('items', id, { name: `Told as ${words}` })
    t.match(await webhooks.deliver(), [{ status: 200 }])
    await until(
      db,
      'the row shows it',
      sql`
      select exists (select from products where zoho_item_id = ${id} and name = ${`Told as ${words}`})`,
    )
  })
}

t.test(
  'I3: what is not signed, or signed wrongly, is refused; what cannot be decoded is kept and parked',
  async (t) => {
    const body = JSON.stringify({ item: { item_id: ids[0] } })
    t.equal((await tell(service, 'items', body, {})).status, 401)
    t.equal((await tell(service, 'items', body, { 'x-zoho-webhook-signature': '0'.repeat(64) })).status, 401)
    for (const undecodable of ['{"item":{"item_id":', 'item', '\u0000']) {
      const reply = await tell(service, 'items', undecodable)
      t.equal(reply.status, 200)
      await promoted()
      t.match(await statusOf(reply), { status: 'parked', reason: String })
    }
    t.match((await ask(service, '/api/tds/events?status=parked')).json, { total: 3 })
  },
)

t.test('I3: an item that came incomplete, and could not be read at once, is whole in the end', async (t) => {
  const { id } = records.create('items', { name: 'Whole', rate: 7, brand: 'Fluke' })
  faults.set({ kind: 'internal-error', purpose: 'items bulk', times: 1 })
  t.equal((await tell(service, 'items', JSON.stringify({ item: { item_id: id } }))).status, 200)
  await until(db, 'it is here', sql`select exists (select from products where zoho_item_id = ${id})`)
  t.match(await rowOf(db, sql`select name, unit_price, brand from products where zoho_item_id = ${id}`), {
    name: 'Whole',
    unit_price: '7',
    brand: 'Fluke',
  })
})

t.test('I7: a duplicate is answered 200 and leaves one event to be worked on, also twenty at once', async (t) => {
  const document = { item_id: ids[1], last_modified_time: '2026-01-01T00:00:00+0300' }
  const body = JSON.stringify({ item: document })
  const replies = await Promise.all(Array.from({ length: 20 }, () => tell(service, 'items', body)))
  t.same(new Set(replies.map(({ status }) => status)), new Set([200]))
  t.equal(new Set(replies.map(({ json }) => (json as { event_id: string }).event_id)).size, 1)
  const last = await tell(service, 'items', body)
  t.equal(last.status, 200)
  await promoted()
  const { idempotency_key: key } = last.json as { idempotency_key: string }
  t.match(
    await rowsOf(
      db,
      sql`select status, count(*) as n from tds_inbox_events
        where idempotency_key = ${key}
        group by status order by status`,
    ),
    [
      { status: 'duplicate', n: 20 },
      { status: 'promoted', n: 1 },
    ],
  )
})

t.test('I8: every path Zoho was ever given still leads to its entity', async (t) => {
  const documented = {
    products: 'products product items item',
    customers: 'customers customer contacts',
    suppliers: 'suppliers supplier vendors',
    invoices: 'invoices invoice',
    inventory_items: 'stock',
    sales_orders: 'orders order salesorders',
    bills: 'bills bill',
    customer_payments: 'payments payment customerpayments',
    vendor_payments: 'vendor-payments vendor-payment vendorpayments',
    credit_notes: 'credit-notes credit-note creditnotes',
    purchase_orders: 'purchase-orders purchase-order purchaseorders',
    stock_adjustments: 'adjustments adjustment inventoryadjustments',
    stock_transfers: 'transfers transfer transferorders',
    composite_items: 'composite-items composite-item compositeitems',
  }
  for (const [entityType, modules] of Object.entries(documented))
    for (const module of modules.split(' ')) {
      const reply = await tell(service, module, JSON.stringify({ id: '1', module }))
      t.equal(reply.status, 200, module)
      await promoted()
      t.match(await statusOf(reply), { status: 'promoted', entity_type: entityType }, module)
    }
})

t.test('I10: no shape of a body is refused, and an envelope nobody knows still leads to its record', async (t) => {
  const [, , id = ''] = ids
  records.change('items', id, { name: 'In another envelope' })
  const bodies = [
    { event_type: 'item.updated', data: { item_id: id } },
    { invoice: { number: 'INV-1' } },
    { invoice: { invoice_id: null, customer_id: null } },
    [],
    'text',
    4,
    null,
    { a: { b: { c: {} } } },
  ]
  const replies = []
  for (const [index, body] of [...bodies.map((each) => JSON.stringify(each)), '', ' '].entries()) {
    replies.push(await tell(service, index === 0 ? 'items' : 'invoices', body))
  }
  t.same(
    replies.map(({ status }) => status),
    replies.map(() => 200),
  )
  await promoted()
  await until(
    db,
    'the row shows it',
    sql`
    select exists (select from products where zoho_item_id = ${id} and name = 'In another envelope')`,
  )
  for (const reply of replies.slice(1)) t.match(await statusOf(reply), { status: 'parked', reason: String })
})

t.test('I28: a kind of record that nothing here mirrors is parked, shown and told, and never completed', async (t) => {
  const reply = await tell(service, 'shipments', JSON.stringify({ shipment: { shipment_id: '17' } }))
  t.match(reply, { status: 200, json: { success: true } })
  await promoted()
  t.match(await statusOf(reply), { status: 'parked', reason: /shipments/, outcome: null })
  const { json } = await ask(service, '/api/tds/events?status=parked&module=shipments')
  t.match(json, { total: 1, items: [{ module: 'shipments', status: 'parked' }] })
  t.same(await rowsOf(db, sql`select from tds_sync_queue where source_entity_id = '17'`), [])
  t.match((await openAlerts(service)).get('webhooks-unsupported'), { severity: 'warning', message: /shipments/ })
})
