import t, { type Test } from 'tap'
import { sql } from '../../db/index.ts'
import { secrets, startService, until } from '../helpers/service.ts'
import { amount } from '../simulator/index.ts'

const seed = async (t: Test) => {
  const service = await startService(t, { simulator: { items: 60 } })
  await service.syncAll()
  const { records } = service.simulator.control
  const row = async (id: string) =>
    (await sql<Record<string, unknown>>`select * from products where zoho_item_id = ${id}`.execute(service.db))
      .rows[0] ?? {}
  /** Read by the next incremental run, and by the reads it asks for. */
  const mirror = async () => {
    await service.sync('incremental', 'products')
    await service.quiet()
  }
  return { ...service, records, row, mirror }
}

t.test('a blank reorder level is null, and stock fields that are absent stay unknown', async (t) => {
  const { records, row, mirror } = await seed(t)
  const [id = ''] = records.ids('items')
  records.change('items', id, { reorder_level: '' })
  await mirror()
  t.match(await row(id), { reorder_level: null, field_errors: null })
  const untracked = records.ids('items', ({ stock }) => stock === undefined)[0]
  t.ok(untracked, 'the organisation has an untracked item')
  t.match(await row(untracked ?? ''), { stock_on_hand: null, available_stock: null, actual_available_stock: null })
})

t.test('SKUs of 120 characters and none, Arabic names, digits of prices: all arrive as they are', async (t) => {
  const { records, row, mirror } = await seed(t)
  const [long = '', none = '', arabic = '', exact = ''] = records.ids('items')
  const sku = `${'كيبل, 10/100 % '.repeat(8)}`.slice(0, 120)
  records.change('items', long, { sku })
  records.change('items', none, { sku: '' })
  records.change('items', arabic, { name: 'موزع شبكة', cf_name_ar: '' })
  records.change('items', exact, { rate: amount('149.970') })
  await mirror()
  t.match(await row(long), { sku: sku.trim() === sku ? sku : String })
  t.match(await row(none), { sku: null })
  t.match(await row(arabic), { name_ar: 'موزع شبكة' })
  t.match(await row(exact), { unit_price: '149.970' })
})

t.test('a created item arrives with its stock, a deleted one becomes a tombstone by webhook', async (t) => {
  const { db, url, simulator, records, row, mirror, quiet } = await seed(t)
  const created = records.create('items', { name: 'New one', rate: 3 })
  await mirror()
  t.match(await row(created.id), { name: 'New one', unit_price: '3', is_active: true })
  simulator.control.webhooks.set({ target: `${url}/api/tds/webhooks`, secret: secrets.webhook })
  records.delete('items', created.id)
  const replies = await simulator.control.webhooks.deliver()
  t.match(replies, [{ status: 200, event: 'deleted' }])
  await quiet()
  t.match(await row(created.id), { is_active: false, deleted_at: Date })
  t.match((await sql`select outcome from tds_inbox_events`.execute(db)).rows, [{ outcome: 'written' }])
})

t.test('pictures: replaced, removed, broken, too large for us, and forbidden', async (t) => {
  const { db, simulator, row, mirror, ctx } = await seed(t)
  const pictured = simulator.control.records.ids(
    'items',
    ({ picture }) => picture?.kind === 'jpeg' || picture?.kind === 'png',
  )
  const [replaced = '', removed = '', broken = '', forbidden = ''] = pictured
  const image = async (id: string) =>
    (await sql<Record<string, unknown>>`select * from product_images where zoho_item_id = ${id}`.execute(db)).rows[0] ??
    {}
  const before = await image(replaced)
  simulator.control.images.replace(replaced)
  simulator.control.images.remove(removed)
  simulator.control.images.break(broken)
  await mirror()
  const after = await image(replaced)
  t.not(after.sha256, before.sha256)
  t.equal(after.status, 'present')
  t.match(await image(removed), { status: 'none' })
  t.match(await row(removed), { image_url: null, images: [] })
  t.match(await image(broken), { status: 'broken', reason: String })
  t.match(await row(broken), { image_url: null })
  t.notOk((await ctx.images.open(String(before.file_name))) && before.file_name !== after.file_name)
  // One renewal of the token is tried before the refusal is believed, and renewals are a minute apart.
  await sql`update tds_zoho_token set attempted_at = attempted_at - interval '2 minutes', refreshed_at = refreshed_at - interval '2 minutes'`.execute(
    db,
  )
  simulator.control.images.setAccess('refused-200')
  simulator.control.images.replace(forbidden)
  await ctx.sync.run(
    { entityType: 'products', mode: 'incremental', trigger: 'test' },
    { signal: AbortSignal.timeout(20_000) },
  )
  await until(
    db,
    'the refusal is an alert and the item waits',
    sql`select exists (select from tds_alerts where fingerprint = 'images-scope' and status = 'open')
    and exists (select from tds_sync_queue_live where source_entity_id = ${forbidden} and status = 'pending' and wait_reason is not null)`,
  )
  t.match((await sql`select count(*) as n from tds_dead_letter_queue`.execute(db)).rows, [{ n: 0 }])
})
