import t from 'tap'
import { sql } from '../../db/index.ts'
import { startService } from '../helpers/service.ts'

t.test('a full sync mirrors the organisation in the fewest calls, and a second one writes nothing', async (t) => {
  const { simulator, db, syncAll, ctx } = await startService(t, { simulator: { items: 450 } })
  simulator.control.calls.reset()
  const first = await syncAll()
  t.same(new Set(first.map((run) => run.status)), new Set(['settled']))
  const expected = simulator.control.images.expected()
  const { rows } = await sql<Record<string, number>>`
    select (select count(*) from products where deleted_at is null) as products,
      (select count(*) from warehouses) as warehouses,
      (select count(distinct zoho_location_id) from inventory_items) as stocked_places,
      (select count(*) from inventory_items where product_id is null or warehouse_id is null) as unlinked,
      (select count(*) from products where category_id is null and zoho_category_id is not null) as uncategorised,
      (select count(*) from product_images where status = 'present') as pictures,
      (select count(*) from product_images where status in ('broken', 'refused')) as bad_pictures,
      (select count(*) from products where name_ar is not null) as arabic,
      (select count(*) from products where image_url is not null) as urls,
      (select count(*) from tds_dead_letter_queue) as dead`.execute(db)
  t.match(rows[0], {
    products: 450,
    warehouses: 5,
    stocked_places: 5,
    unlinked: 0,
    uncategorised: 0,
    pictures: expected.good,
    bad_pictures: expected.broken + expected.refused,
    urls: expected.good,
    dead: 0,
  })
  t.ok((rows[0]?.arabic ?? 0) > 0)
  const calls = simulator.control.calls.report()
  t.equal(calls.refused, 0)
  const lowerBound = { 'items list': 3 + 3, 'items bulk': 5, 'items image': expected.withImage + expected.broken }
  t.match(calls.byPurpose, lowerBound)

  simulator.control.calls.reset()
  const second = await syncAll()
  t.same(
    second.map(({ written, failed }) => written + failed),
    second.map(() => 0),
  )
  t.same(new Set(second.map((run) => run.status)), new Set(['settled']))
  t.match(simulator.control.calls.report().byPurpose, {
    'items list': 3 + 3,
    'items bulk': 5,
    'items image': undefined,
  })
  const stats = await ctx.monitor.health()
  t.match(stats, {
    status: 'healthy',
    queue: { pending: 0, processing: 0, failed: 0, dead_letter: 0 },
    last_sync: { products: String },
  })
})

t.test('an incremental run reads what changed since the last run, and nothing else', async (t) => {
  const { simulator, db, sync, syncAll, ctx } = await startService(t, { simulator: { items: 250 } })
  await syncAll()
  await ctx.sync.testFilters(AbortSignal.timeout(20_000))
  const [id = ''] = simulator.control.records.ids('items')
  simulator.control.records.change('items', id, { rate: 77 })
  simulator.control.calls.reset()
  const run = await sync('incremental', 'products')
  t.match(run, { status: 'settled', written: 1, strategy: 'filter' })
  t.equal(simulator.control.calls.report().byPurpose['items list'], 1)
  const { rows } = await sql`select unit_price from products where zoho_item_id = ${id}`.execute(db)
  t.match(rows, [{ unit_price: '77' }])
})

t.test('stock that moved without a modification time is found by the sweep of its list rows', async (t) => {
  const { simulator, db, sync, syncAll, quiet } = await startService(t)
  await syncAll()
  const records = simulator.control.records
  const id = records.ids('items', ({ stock }) => (stock?.length ?? 0) > 0)[0] ?? ''
  const place = records.get('items', id).stock?.[0]?.locationId ?? ''
  records.setStock(id, { locationId: place, onHand: 123, committed: 3 })
  t.match(await sync('sweep', 'products'), { written: 1 })
  await quiet()
  const { rows } =
    await sql`select stock_on_hand, committed_stock from inventory_items where zoho_item_id = ${id} and zoho_location_id = ${place}`.execute(
      db,
    )
  t.match(rows, [{ stock_on_hand: '123', committed_stock: '3' }])
})

t.test('a record that a complete list does not show is asked for, and only its 404 makes it a tombstone', async (t) => {
  const { simulator, db, sync, syncAll } = await startService(t)
  await syncAll()
  const [gone = '', hidden = ''] = simulator.control.records.ids('items')
  simulator.control.records.delete('items', gone)
  const run = await sync('full', 'products')
  t.match(run, { status: 'settled', written: 1, failed: 0 })
  await sync('full', 'product_images')
  t.match(
    (
      await sql`select count(*) as n from product_images where zoho_item_id = ${gone} and status = 'present'`.execute(
        db,
      )
    ).rows,
    [{ n: 0 }],
  )
  const { rows } = await sql`
    select p.zoho_item_id, p.is_active, i.living from products p
    left join (select zoho_item_id, count(*) filter (where deleted_at is null)::int as living from inventory_items group by 1) i using (zoho_item_id)
    where p.deleted_at is not null`.execute(db)
  t.match(rows, [{ zoho_item_id: gone, is_active: false }])
  t.ok([0, null].includes((rows[0] as { living: number | null }).living))
  t.not(gone, hidden)
})

t.test('an incomplete list deletes nothing and moves no cursor', async (t) => {
  const { simulator, db, sync, syncAll } = await startService(t, { simulator: { items: 250 } })
  await syncAll()
  const before =
    await sql`select modified_since, last_complete_at from tds_sync_cursors where entity_type = 'products'`.execute(db)
  simulator.control.faults.set({
    kind: 'reply',
    purpose: 'items list',
    query: 'page=2',
    status: 400,
    body: '{"code":2,"message":"Invalid value passed for page"}',
    contentType: 'application/json',
  })
  t.match(await sync('full', 'products'), { status: 'incomplete', error_code: String })
  t.same(
    (
      await sql`select modified_since, last_complete_at from tds_sync_cursors where entity_type = 'products'`.execute(
        db,
      )
    ).rows,
    before.rows,
  )
  t.match((await sql`select count(*) as n from products where deleted_at is not null`.execute(db)).rows, [{ n: 0 }])
})

t.test('a source that suddenly says zero everywhere holds the run before anything is written', async (t) => {
  const { simulator, db, sync, syncAll } = await startService(t, { simulator: { items: 250 } })
  await syncAll()
  for (const id of simulator.control.records.ids('items'))
    simulator.control.records.change('items', id, { status: 'inactive' })
  t.match(await sync('full', 'products'), { status: 'held', error_code: 'MASS_CHANGE', written: 0 })
  const alerts = () =>
    sql`select severity, status from tds_alerts where fingerprint = 'mass-change:products'`.execute(db)
  t.match((await alerts()).rows, [{ severity: 'critical', status: 'open' }])
  t.ok(
    ((await sql<{ n: number }>`select count(*) as n from products where is_active`.execute(db)).rows[0]?.n ?? 0) > 100,
  )
  t.match(await sync('full', 'products', { acceptMassChange: true }), { status: 'settled', failed: 0 })
  t.match((await sql`select count(*) as n from products where is_active`.execute(db)).rows, [{ n: 0 }])
  t.match((await alerts()).rows, [{ status: 'resolved' }])
})

t.test('a list row without an id is counted and blocks no neighbour', async (t) => {
  const { simulator, db, sync } = await startService(t)
  const rows = [
    { item_id: '', name: 'nameless' },
    { item_id: '5', name: 'named' },
  ]
  const body = JSON.stringify({
    code: 0,
    message: 'success',
    items: rows,
    page_context: {
      page: 1,
      per_page: 200,
      has_more_page: false,
      sort_column: 'created_time',
      sort_order: 'A',
      applied_filter: 'Status.All',
    },
  })
  simulator.control.faults.set({
    kind: 'reply',
    purpose: 'items list',
    status: 200,
    body,
    contentType: 'application/json',
  })
  t.match(await sync('full', 'products'), { status: 'settled', fetched: 2, written: 1, skipped: 1 })
  t.match((await sql`select name from products`.execute(db)).rows, [{ name: 'named' }])
})

t.test('the places of an organisation without the Locations feature come from its warehouses', async (t) => {
  const { db, syncAll } = await startService(t, { simulator: { places: 'warehouses' } })
  await syncAll()
  const { rows } =
    await sql`select count(*) as n, count(distinct zoho_location_id) as places, bool_and(warehouse_id is not null) as linked from inventory_items`.execute(
      db,
    )
  t.match(rows, [{ places: 5, linked: true }])
})
