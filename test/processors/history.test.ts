import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { type Db, inTransaction, sql } from '../../db/index.ts'
import { type Service, secrets, startService, until } from '../helpers/service.ts'
import type { Json } from '../simulator/index.ts'

interface Line {
  id: number
  actor: string
  action: string
  subject: string
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
  cause: Record<string, unknown>
}

async function history(db: Db, subject = '%'): Promise<Line[]> {
  const { rows } = await sql<Line>`
    select id, actor, action, subject, before, after, cause from tds_audit_trail_rows where subject like ${subject} order by id`.execute(
    db,
  )
  return rows
}

async function mirrored(t: Test): Promise<Service> {
  const service = await startService(t, { simulator: { items: 30 } })
  await service.syncAll()
  await service.quiet()
  return service
}

async function webhook({ url }: Service, id: string, more: object = {}): Promise<void> {
  const body = JSON.stringify({ item: { item_id: id, last_modified_time: '2026-01-01T00:00:00+0300', ...more } })
  const signature = createHmac('sha256', secrets.webhook).update(body).digest('hex')
  const headers = { 'content-type': 'application/json', 'x-zoho-webhook-signature': signature }
  const reply = await fetch(`${url}/api/tds/webhooks/products`, { method: 'POST', body, headers })
  if (!reply.ok) throw new Error(await reply.text())
}

t.test('a first full sync leaves no history, and neither does a second one over an unchanged mirror', async (t) => {
  const service = await mirrored(t)
  t.same(await history(service.db), [])
  await service.syncAll()
  await service.quiet()
  t.same(await history(service.db), [])
})

t.test('webhook, sync and repair each leave one line with just the changed fields, in the order of time', async (t) => {
  const service = await mirrored(t)
  const { db, simulator } = service
  const { records } = simulator.control
  const [id = ''] = records.ids('items')
  const [first] = await history(db)
  t.equal(first, undefined)
  const row = async () =>
    (
      await sql<{ name: string; sku: string | null; unit_price: string; id: number }>`
    select * from products where zoho_item_id = ${id}`.execute(db)
    ).rows[0]
  const old = await row()

  records.change('items', id, { name: 'By webhook', rate: 12 })
  await webhook(service, id)
  await until(db, 'the webhook shows', sql`select name = 'By webhook' from products where zoho_item_id = ${id}`)
  await service.quiet()
  const byWebhook = await history(db)
  t.match(byWebhook, [
    {
      actor: 'webhook',
      action: 'row.updated',
      subject: `products/${id}`,
      before: { name: old?.name, unit_price: old?.unit_price },
      after: { name: 'By webhook', unit_price: '12' },
      cause: { local_id: old?.id, queue_id: Number, entity_type: 'products', read_at: String, modified_at: String },
    },
  ])
  t.same(Object.keys(byWebhook[0]?.after ?? {}).toSorted(), ['name', 'unit_price', 'zoho_last_modified_at'])

  records.change('items', id, { sku: 'BY-SYNC' })
  const run = await service.sync('incremental', 'products')
  await service.quiet()
  const bySync = (await history(db)).slice(1)
  t.match(bySync, [
    { actor: 'run', action: 'row.updated', after: { sku: 'BY-SYNC' }, cause: { run_id: run.id, mode: 'incremental' } },
  ])
  t.same(Object.keys(bySync[0]?.before ?? {}).toSorted(), ['sku', 'zoho_last_modified_at'])

  await sql`update products set name = 'Damaged' where zoho_item_id = ${id}`.execute(db)
  const report = await service.ctx.verify.run({ everyField: true, repair: true, signal: AbortSignal.timeout(60_000) })
  await service.ctx.verify.repaired(report, AbortSignal.timeout(30_000))
  await service.quiet()
  const byRepair = (await history(db)).slice(2)
  t.match(byRepair, [{ actor: 'repair', before: { name: 'Damaged' }, after: { name: 'By webhook' } }])
  t.same(Object.keys(byRepair[0]?.after ?? {}), ['name'])

  const replayed: Record<string, unknown> = { ...(await row()) }
  for (const { before } of (await history(db)).toReversed())
    if (before?.name !== 'Damaged') Object.assign(replayed, before)
  t.match(replayed, { name: old?.name, sku: old?.sku, unit_price: old?.unit_price })
})

t.test('what changes nothing and what comes too late leave no line', async (t) => {
  const service = await mirrored(t)
  const [id = ''] = service.simulator.control.records.ids('items')
  await webhook(service, id)
  await service.quiet()
  t.same(await history(service.db), [])
  await sql`update products set zoho_last_modified_at = now() + interval '1 day', name = 'Newer' where zoho_item_id = ${id}`.execute(
    service.db,
  )
  await webhook(service, id, { again: 1 })
  await service.quiet()
  t.same(await history(service.db), [])
})

t.test('many webhooks for one record at once leave one line for each change, none twice', async (t) => {
  const service = await mirrored(t)
  const { db, simulator } = service
  const [id = '', other = ''] = simulator.control.records.ids('items')
  for (const [n, each] of [id, other].entries())
    simulator.control.records.change('items', each, { name: `Renamed ${n}` })
  await Promise.all(Array.from({ length: 20 }, (_, n) => webhook(service, n % 2 ? id : other, { again: n })))
  await service.quiet()
  const lines = await history(db)
  t.same(lines.map(({ subject }) => subject).toSorted(), [`products/${id}`, `products/${other}`].toSorted())
})

t.test('a deletion, a return and a new record are told as such', async (t) => {
  const service = await mirrored(t)
  const { db, simulator } = service
  const { records } = simulator.control
  const [id = ''] = records.ids('items')
  records.delete('items', id)
  await webhook(service, id)
  await until(db, 'it is gone', sql`select deleted_at is not null from products where zoho_item_id = ${id}`)
  await service.quiet()
  const [line, ...more] = await history(db, `products/${id}`)
  t.same(more, [])
  t.match(line, { action: 'row.deleted', before: { is_active: true, deleted_at: null }, after: { is_active: false } })
  const made = records.create('items', { name: 'New', rate: 5 })
  const madeId = made.id
  await webhook(service, madeId)
  await until(db, 'it came', sql`select exists (select from products where zoho_item_id = ${madeId})`)
  await service.quiet()
  t.match(await history(db, `products/${madeId}`), [
    { action: 'row.inserted', before: null, after: null, actor: 'webhook' },
  ])
  await sql`update products set deleted_at = now() where zoho_item_id = ${madeId}`.execute(db)
  await webhook(service, madeId, { again: 1 })
  await until(db, 'it is back', sql`select deleted_at is null from products where zoho_item_id = ${madeId}`)
  await service.quiet()
  t.match((await history(db, `products/${madeId}`)).slice(1), [{ action: 'row.restored' }])
})

t.test('an invoice whose lines change is one line with counts and the changed fields of each', async (t) => {
  const { db, simulator, sync, ...service } = await mirrored(t)
  const { records } = simulator.control
  const linesOf = (id: string) => records.get('invoices', id).fields.line_items as Array<Record<string, Json>>
  const [id = ''] = records.ids('invoices', (each) => (each.fields.line_items as Json[]).length > 1)
  await sync('full', 'invoices', { since: new Date(0) })
  t.same(await history(db), [], 'the first documents fill in and change nothing')
  const [kept, ...others] = linesOf(id)
  if (!kept || others.length === 0) throw new Error('no invoice with two lines')
  records.change('invoices', id, { line_items: [{ ...kept, description: 'Another' }, ...others.slice(0, -1)] })
  await sync('incremental', 'invoices')
  await service.quiet()
  const [told, ...more] = (await history(db, `invoices/${id}`)).filter(({ after }) => after?.invoice_items)
  t.same(more, [])
  t.match(told?.after, {
    invoice_items: {
      added: 0,
      removed: 1,
      changed: [
        { id: kept.line_item_id, before: { description: kept.description || null }, after: { description: 'Another' } },
      ],
    },
  })
})

t.test('long values are cut, characters PostgreSQL does not take are mended', async (t) => {
  const service = await mirrored(t)
  const { db, simulator } = service
  const [id = ''] = simulator.control.records.ids('items')
  simulator.control.records.change('items', id, { description: `a\0${'x'.repeat(100_000)}` })
  await webhook(service, id)
  await until(db, 'it is written', sql`select length(description) > 90000 from products where zoho_item_id = ${id}`)
  await service.quiet()
  const [line] = await history(db)
  const told = String(line?.after?.description)
  t.match(told, /^a\uFFFDx+… \(100002 characters\)$/)
  t.ok(told.length < 600)
})

t.test('a row of tds_configuration switches it off', async (t) => {
  const service = await mirrored(t)
  const { db, simulator } = service
  await sql`insert into tds_configuration (key, value) values ('history.rows', 'false')`.execute(db)
  const [id = ''] = simulator.control.records.ids('items')
  simulator.control.records.change('items', id, { name: 'Unseen' })
  await webhook(service, id)
  await until(db, 'it is written', sql`select name = 'Unseen' from products where zoho_item_id = ${id}`)
  await service.quiet()
  t.same(await history(db), [])
})

t.test('a change and its line are one: neither stays when the other fails', async (t) => {
  const service = await mirrored(t)
  const { db, simulator } = service
  await sql`alter table tds_audit_trail_rows add check (false) not valid`.execute(db)
  const [id = ''] = simulator.control.records.ids('items')
  simulator.control.records.change('items', id, { name: 'Refused' })
  await webhook(service, id)
  await until(db, 'it failed', sql`select exists (select from tds_sync_logs where outcome = 'failed')`)
  t.same(
    await inTransaction(db, (tx) => tx.selectFrom('products').select('id').where('name', '=', 'Refused').execute()),
    [],
  )
})
