import t from 'tap'
import { sql } from '../../db/index.ts'
import { put, request } from '../helpers/queue.ts'
import { startService, until } from '../helpers/service.ts'

t.test('lines that come after their second source was read are filled with its next run', async (t) => {
  const { db, sync } = await startService(t, { simulator: { items: 12 } })
  const since = new Date(0)
  await sync('full', 'sales_orders_inventory', { since })
  await sync('full', 'sales_orders', { since })
  const blank = async () =>
    (await sql<{ n: number }>`select count(*) as n from sales_order_items where quantity_packed is null`.execute(db))
      .rows[0]?.n
  t.ok((await blank()) ?? 0, 'the lines were not there when it spoke of them')
  t.match(await sync('full', 'sales_orders_inventory', { since }), { status: 'settled', failed: 0 })
  t.equal(await blank(), 0)
})

t.test('the parts of a composite item follow the name and price of the items they are', async (t) => {
  const { db, simulator, sync, syncAll, quiet } = await startService(t, { simulator: { items: 12 } })
  await syncAll()
  await sync('backfill', 'composite_items')
  const { rows } = await sql<{ id: string }>`select zoho_item_id as id from composite_item_components limit 1`.execute(
    db,
  )
  const id = rows[0]?.id ?? ''
  simulator.control.records.change('items', id, { name: 'Renamed part', rate: 4711 })
  await sync('incremental', 'products')
  await quiet()
  const { rows: parts } =
    await sql`select name, rate from composite_item_components where zoho_item_id = ${id}`.execute(db)
  t.ok(parts.length > 0)
  t.strictSame(new Set(parts.map((part) => JSON.stringify(part))), new Set(['{"name":"Renamed part","rate":"4711"}']))
})

t.test('a child and its parent that were written side by side are linked when the parent is asked for', async (t) => {
  const { ctx, db, sync } = await startService(t, { simulator: { items: 12 } })
  await sync('full', 'products')
  await sync('full', 'invoices', { since: new Date(0) })
  // As two transactions leave it that did not see each other.
  const { rows } = await sql<{ id: string }>`
    update invoice_items set product_id = null where zoho_item_id is not null returning zoho_item_id as id`.execute(db)
  const [first] = rows
  await put(db, request(first?.id ?? '', { priority: 1 }))
  ctx.workers.nudge()
  await until(
    db,
    'the parent was read',
    sql`select not exists (select from tds_sync_queue_live where entity_type = 'products' and source_entity_id = ${first?.id ?? ''})`,
  )
  const { rows: left } = await sql`
    select from invoice_items where zoho_item_id = ${first?.id ?? ''} and product_id is null`.execute(db)
  t.equal(left.length, 0)
})

t.test('a record that comes before the first run of all has the currency of the organisation', async (t) => {
  const { ctx, db, simulator } = await startService(t, { simulator: { items: 12 } })
  await sql`delete from tds_zoho_organization`.execute(db)
  const [id = ''] = simulator.control.records.ids('items')
  await put(db, request(id, { priority: 1 }))
  ctx.workers.nudge()
  await until(db, 'it is here', sql`select exists (select from products where zoho_item_id = ${id})`)
  t.match((await sql`select currency_code from products`.execute(db)).rows, [{ currency_code: 'USD' }])
})
