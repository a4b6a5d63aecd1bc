import t, { type Test } from 'tap'
import { sql } from '../../db/index.ts'
import { enqueue, priorities } from '../../src/queue/index.ts'
import { startService, until } from '../helpers/service.ts'

/** The service with these entities mirrored, and a way to have records read as a webhook would. */
async function seed(t: Test, ...entities: readonly string[]) {
  const service = await startService(t, { simulator: { items: 40 } })
  for (const name of entities) await service.sync('full', name, { since: new Date(0) })
  const { db, ctx, simulator } = service
  const hint = async (entityType: string, ...ids: readonly string[]) => {
    await db.transaction().execute((tx) =>
      enqueue(
        tx,
        ids.map((sourceEntityId) => ({ entityType, sourceEntityId, lane: 'read', priority: priorities.webhook })),
      ),
    )
    ctx.workers.nudge()
    // What a full run left to be read rests a minute; nothing here waits for it.
    await until(
      db,
      'what was asked for has ended',
      sql`select not exists (select from tds_sync_queue_live where run_at < clock_timestamp() + interval '10 s')`,
    )
  }
  const rowOf = async (table: string, column: string, id: string) =>
    (await sql<Record<string, unknown>>`select * from ${sql.table(table)} where ${sql.ref(column)} = ${id}`.execute(db))
      .rows[0]
  return { ...service, records: simulator.control.records, hint, rowOf }
}

t.test('a customer who becomes a supplier leaves one table for the other, and back', async (t) => {
  const { records, hint, rowOf } = await seed(t, 'customers', 'suppliers')
  const [id = ''] = records.ids('contacts', ({ fields }) => fields.contact_type === 'customer')
  records.change('contacts', id, { contact_type: 'vendor' })
  await hint('customers', id)
  t.match(await rowOf('customers', 'zoho_contact_id', id), { is_active: false, deleted_at: Date })
  t.match(await rowOf('suppliers', 'zoho_contact_id', id), { is_active: true, deleted_at: null })
  records.change('contacts', id, { contact_type: 'customer' })
  await hint('suppliers', id)
  t.match(await rowOf('customers', 'zoho_contact_id', id), { is_active: true, deleted_at: null })
  t.match(await rowOf('suppliers', 'zoho_contact_id', id), { is_active: false, deleted_at: Date })
})

t.test('a webhook about a supplier that came by the customers route is written where it belongs', async (t) => {
  const { db, records, hint, rowOf } = await seed(t)
  const [id = ''] = records.ids('contacts', ({ fields }) => fields.contact_type === 'vendor')
  await hint('customers', id)
  t.ok(await rowOf('suppliers', 'zoho_contact_id', id))
  t.notOk(await rowOf('customers', 'zoho_contact_id', id))
  const { rows } = await sql`select outcome from tds_sync_queue_done where entity_type = 'customers'`.execute(db)
  t.match(rows, [{ outcome: 'written' }])
})

t.test('a deleted invoice takes its lines with it, and a re-created one brings them back', async (t) => {
  const { db, records, hint, rowOf } = await seed(t, 'invoices')
  const [id = ''] = records.ids('invoices', ({ fields }) => (fields.line_items as unknown[]).length > 1)
  const lines = async () =>
    (
      await sql<{ living: number; dead: number }>`
        select count(*) filter (where deleted_at is null) as living, count(deleted_at) as dead
        from invoice_items where zoho_invoice_id = ${id}`.execute(db)
    ).rows[0]
  const before = (await lines())?.living ?? 0
  const { fields } = records.get('invoices', id)
  records.delete('invoices', id)
  await hint('invoices', id)
  t.match(await rowOf('invoices', 'zoho_invoice_id', id), { is_active: false, deleted_at: Date })
  t.match(await lines(), { living: 0, dead: before })
  records.create('invoices', { ...fields, invoice_id: id })
  await hint('invoices', id)
  t.match(await rowOf('invoices', 'zoho_invoice_id', id), { is_active: true, deleted_at: null })
  t.match(await lines(), { living: before, dead: 0 })
})

t.test('an endpoint that answers 404 for everything deletes nothing', async (t) => {
  const { db, records, simulator, rowOf, ctx } = await seed(t, 'invoices')
  const [id = ''] = records.ids('invoices')
  simulator.control.faults.set({
    kind: 'reply',
    path: '/books/v3/invoices/',
    status: 404,
    body: '{"code":1002,"message":"gone"}',
  })
  await db
    .transaction()
    .execute((tx) =>
      enqueue(tx, [{ entityType: 'invoices', sourceEntityId: id, lane: 'read', priority: priorities.webhook }]),
    )
  ctx.workers.nudge()
  await until(
    db,
    'the doubt was noted',
    sql`select exists (select from tds_sync_queue_live where error_code = 'ZOHO_ENDPOINT_DOUBTFUL')`,
  )
  t.match(await rowOf('invoices', 'zoho_invoice_id', id), { is_active: true, deleted_at: null })
})

t.test('a record is gone though another one that nobody heard of is gone as well', async (t) => {
  const { db, records, hint, rowOf } = await seed(t, 'invoices')
  const { rows } = await sql<{ id: string }>`
    select zoho_invoice_id as id from invoices order by zoho_read_at desc, zoho_invoice_id desc limit 3`.execute(db)
  const [first = '', second = '', third = ''] = rows.map(({ id }) => id)
  records.delete('invoices', first, { silent: true })
  records.delete('invoices', second, { silent: true })
  records.delete('invoices', third)
  await hint('invoices', third)
  t.match(await rowOf('invoices', 'zoho_invoice_id', third), { is_active: false, deleted_at: Date })
  t.match(
    await rowOf('invoices', 'zoho_invoice_id', first),
    { deleted_at: null },
    'a witness that is silent proves nothing',
  )
})

t.test('records that cost a call each are read side by side, and no slot is kept that none needs', async (t) => {
  const { db, records, hint, simulator, ctx } = await seed(t)
  const ids = records.ids('invoices')
  const { faults, calls } = simulator.control
  calls.reset()
  const fault = faults.set({ kind: 'hold', purpose: 'invoices detail' })
  const read = hint('invoices', ...ids)
  await faults.waiting(fault, 8)
  faults.clear(fault)
  await read
  t.match(calls.report().byPurpose, { 'invoices detail': ids.length })
  t.equal((await ctx.zoho.state()).budget.inFlight, 0)
  t.match((await sql`select count(*) as n from invoice_items where invoice_id is null`.execute(db)).rows, [{ n: 0 }])
})

t.test('an order that Inventory shows first is made and read at Books, whose order fills it', async (t) => {
  const { records, hint, rowOf } = await seed(t)
  const [id = ''] = records.ids('salesorders', ({ fields }) => fields.status !== 'draft')
  await hint('sales_orders_inventory', id)
  const row = await rowOf('sales_orders', 'zoho_salesorder_id', id)
  t.match(row, { number: String, total: String, inventory_read_at: Date, deleted_at: null })
  t.notSame(row?.zoho_data, {})
  t.notSame(row?.inventory_data, null)
})
