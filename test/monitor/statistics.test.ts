import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { sql } from '../../db/index.ts'
import { statisticsShape } from '../../src/monitor/index.ts'
import { readRowCounts } from '../../src/monitor/read/rows.ts'
import type { TestDatabase } from '../helpers/database.ts'
import { seedCounter, seedHealthy, seedQueue, seedRun, testMonitor } from './fixture.ts'

type Db = TestDatabase['db']

async function seedProducts(db: Db): Promise<void> {
  await sql`
    insert into products (zoho_item_id, is_active, image_url, deleted_at)
    select n::text, n <= 8, case when n <= 6 then '/static/' || n end, case when n > 8 then now() end
    from generate_series(1, 10) n`.execute(db)
  await sql`
    insert into product_images (zoho_item_id, status, file_name, sha256, content_type)
    select n::text, case when n <= 6 then 'present' when n = 7 then 'none' else 'broken' end, n || '.png', 'x', 'image/png'
    from generate_series(1, 9) n`.execute(db)
}

async function seedWebhook(db: Db, part: { module: string; entityType: string; agoMs: number; lagMs?: number }) {
  const { module, entityType, agoMs, lagMs = null } = part
  const receivedAt = new Date(Date.now() - agoMs)
  const settledAt = lagMs === null ? null : new Date(receivedAt.getTime() + lagMs)
  await db
    .insertInto('tds_inbox_events')
    .values({
      event_id: uuidv7({ msecs: receivedAt.getTime() }),
      received_at: receivedAt,
      module,
      status: lagMs === null ? 'received' : 'promoted',
      entity_type: entityType,
      settled_at: settledAt,
    })
    .execute()
  return receivedAt
}

t.test('every figure of the statistics is what the tables hold', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await seedHealthy(db)
  await seedProducts(db)
  await seedQueue(db, { status: 'pending', count: 2 })
  await sql`update tds_sync_queue_live set wait_reason = 'minute', run_at = now() + interval '1 minute'`.execute(db)
  await seedRun(db, { entityType: 'products', mode: 'incremental', status: 'incomplete' })
  for (const [name, value] of Object.entries({ written: 4, unchanged: 3, stale: 2, skipped: 1, failed: 5 })) {
    await seedCounter(db, name, 'products', value, '1 hour')
  }
  await seedCounter(db, 'attempt_failed', 'products', 8, '1 hour')

  const statistics = await monitor.statistics()

  t.ok(statisticsShape.safeParse(statistics).success)
  t.match(statistics.queue, { pending: 2, due: 0, by_wait_reason: { minute: 2 } })
  t.same(statistics.entities.products?.rows, { live: 8, tombstoned: 2, exact: true })
  t.same(statistics.entities.product_images?.rows, { live: 9, tombstoned: 0, exact: true })
  t.same(statistics.entities.products?.last_24h, {
    written: 4,
    unchanged: 3,
    stale: 2,
    skipped: 1,
    failed: 5,
    failed_attempts: 8,
  })
  t.match(statistics.entities.products?.last_run, { mode: 'incremental', status: 'incomplete', settled_at: null })
  t.ok(statistics.entities.products?.last_settled_at)
  t.equal(statistics.entities.inventory_items?.last_run, null)
  t.same(statistics.images, {
    by_status: { present: 6, none: 1, broken: 2 },
    products: 8,
    products_with_images: 6,
    coverage_percent: 75,
  })
  t.same(statistics.zoho.minute, { ceiling: 90, held: 7 })
  t.same(statistics.zoho.day.inventory, { limit: 2500, used: 480, left: 2020, resets_at: '2030-01-01T00:00:00.000Z' })
})

t.test('lag is measured on the webhooks of the last hour that are settled', async (t) => {
  const { db, monitor } = await testMonitor(t)
  const minute = 60_000
  for (let n = 1; n <= 101; n += 1) {
    await seedWebhook(db, { module: 'products', entityType: 'products', agoMs: n * 1000, lagMs: n * 10 })
  }
  await seedWebhook(db, { module: 'products', entityType: 'products', agoMs: 90 * minute, lagMs: 900_000 })
  await seedWebhook(db, { module: 'products', entityType: 'products', agoMs: minute })
  const { lag } = await monitor.entityStatistics('products')
  t.same(lag, { events: 101, p50_ms: 510, p95_ms: 960 })
  t.equal((await monitor.entityStatistics('inventory_items')).lag, null)
})

t.test('the last webhook of an entity is that of any of its modules, old ones to the minute', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await seedWebhook(db, { module: 'products', entityType: 'products', agoMs: 60_000, lagMs: 1 })
  const newest = await seedWebhook(db, { module: 'items', entityType: 'products', agoMs: 5000, lagMs: 1 })
  await seedCounter(db, 'webhook_received', 'stock', 1, '30 hours')
  const { entities, webhooks } = await monitor.statistics()
  t.equal(entities.products?.last_webhook_at, newest.toISOString())
  t.equal(webhooks.last_at, newest.toISOString())
  const hours = (Date.now() - Date.parse(entities.inventory_items?.last_webhook_at ?? '')) / 3_600_000
  t.ok(hours >= 30 && hours < 30.02, `30 hours, not ${hours}`)
  t.equal(entities.product_images?.last_webhook_at, null)
  t.same(Object.keys(webhooks.last_by_module).toSorted(), ['items', 'products', 'stock'])
})

t.test('calls to Zoho are counted by purpose over the last minute and day', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await sql`
    insert into tds_zoho_calls (product, purpose, started_at, deadline_at, held_until)
    select 'inventory', p, now() - ago::interval, now(), now() - ago::interval + interval '61 seconds'
    from (values ('list', '5 seconds'), ('list', '10 minutes'), ('image', '30 seconds'), ('list', '25 hours')) c(p, ago)`.execute(
    db,
  )
  const { zoho } = await monitor.statistics()
  t.same(zoho.calls, { minute: { list: 1, image: 1 }, day: { list: 2, image: 1 } })
})

t.test('I25: an entity that was "synced" with nothing written shows no row, no write and no settled run', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await seedRun(db, { entityType: 'inventory_items', mode: 'sweep', status: 'incomplete' })
  const statistics = await monitor.entityStatistics('inventory_items')
  t.match(statistics, { rows: { live: 0 }, last_24h: { written: 0 }, last_settled_at: null })
  t.equal((await monitor.health()).last_sync.inventory_items, null)
})

t.test('a table too large to be counted is estimated from what ANALYZE saw', async (t) => {
  const { db } = await testMonitor(t)
  await sql`insert into categories (zoho_category_id, deleted_at)
    select n::text, case when n % 4 = 0 then now() end from generate_series(1, 60000) n`.execute(db)
  await sql`analyze categories`.execute(db)
  const counted = (await readRowCounts(db, ['categories'])).get('categories')
  t.equal(counted?.exact, false)
  t.ok(Math.abs((counted?.live ?? 0) - 45_000) < 2000, `${counted?.live} of about 45000`)
  t.equal((counted?.live ?? 0) + (counted?.tombstoned ?? 0), 60_000)
})

t.test('an unknown entity is the fault of the caller', async (t) => {
  const { monitor } = await testMonitor(t)
  await t.rejects(monitor.entityStatistics('unicorns'), { code: 'ENTITY_UNKNOWN', kind: 'input', status: 404 })
})

t.test('history is the counters by the minute, oldest first, of one label if asked', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await seedCounter(db, 'written', 'products', 3, '10 minutes', 0)
  await seedCounter(db, 'written', 'products', 4, '10 minutes', 1)
  await seedCounter(db, 'failed', 'products', 1, '5 minutes')
  await seedCounter(db, 'written', 'categories', 2, '5 minutes')
  await seedCounter(db, 'written', 'products', 99, '3 hours')
  const to = new Date(Date.now() + 60_000)
  const from = new Date(to.getTime() - 3_600_000)
  const all = await monitor.history({ from, to })
  t.same(
    all.points.map(({ values }) => values),
    [{ written: 7 }, { failed: 1, written: 2 }],
  )
  t.match(all.points[0]?.at, /:00\.000Z$/)
  const one = await monitor.history({ from, to, label: 'categories' })
  t.same(
    one.points.map(({ values }) => values),
    [{ written: 2 }],
  )
  const wide = { from: new Date(to.getTime() - 90_000_000), to }
  await t.rejects(monitor.history(wide), { code: 'HISTORY_RANGE', kind: 'input' })
  await t.rejects(monitor.history({ from: to, to: from }), { code: 'HISTORY_RANGE' })
})

t.test('what waits to be read and how often the tasks really run is what the planner says', async (t) => {
  const plan = {
    entities: [
      { entity: 'invoices', pending: 30, share_per_day: 20, allowed_now: 4, finish_date: '2026-03-02', queued: 1 },
    ],
    timetable: [
      {
        task: 'invoices.incremental',
        entity: 'invoices',
        mode: 'incremental',
        calls: 1,
        runs_a_day: 48,
        every_seconds: 1800,
        fits: false,
      },
    ],
  }
  const { monitor } = await testMonitor(t, { plan: async () => plan })
  const statistics = await monitor.statistics()
  t.ok(statisticsShape.safeParse(statistics).success)
  t.strictSame(statistics.backfill, {
    invoices: { pending: 30, share_per_day: 20, allowed_now: 4, finish_date: '2026-03-02' },
  })
  t.match(statistics.timetable, [{ task: 'invoices.incremental', every_seconds: 1800, fits: false }])
  t.strictSame((await (await testMonitor(t)).monitor.statistics()).timetable, [], 'and nothing where there is none')
})
