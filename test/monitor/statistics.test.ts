import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { sql } from '../../db/index.ts'
import { createMonitor, statisticsShape } from '../../src/monitor/index.ts'
import { readRowCounts } from '../../src/monitor/read/rows.ts'
import type { TestDatabase } from '../helpers/database.ts'
import { depsOf, seedCounter, seedHealthy, seedQueue, seedRun, testMonitor } from './fixture.ts'

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
  t.same(statistics.zoho.minute, { ceiling: 90, held: 7, left: 83 })
  t.same(statistics.zoho.day.inventory, { limit: 2500, used: 480, left: 2020, resets_at: '2030-01-01T00:00:00.000Z' })
})

t.test('lag, waiting and running are percentiles of the last hour, by entity and over all', async (t) => {
  const { db, monitor } = await testMonitor(t)
  for (const [bound, count] of [
    [256, 50],
    [512, 45],
    [4096, 5],
  ] as const)
    await seedCounter(db, `lag_ms_le_${bound}`, 'products', count, '10 minutes')
  await seedCounter(db, 'wait_ms_le_1024', 'products', 4, '10 minutes')
  await seedCounter(db, 'run_ms_le_64', 'inventory_items', 7, '10 minutes')
  await seedCounter(db, 'lag_ms_le_1048576', 'products', 1000, '70 minutes')
  const statistics = await monitor.statistics()
  const { lag, waiting, running } = statistics.entities.products ?? {}
  t.match(lag, { count: 100, p50_ms: 256, p95_ms: 512 })
  t.ok(lag && lag.p99_ms > 2048 && lag.p99_ms <= 4096, `${lag?.p99_ms}`)
  t.match(waiting, { count: 4 })
  t.equal(running, null, 'what was not counted has no figure')
  t.match(statistics.webhooks.lag, lag)
  t.match(statistics.queue, { waiting: { count: 4 }, running: { count: 7 } })
  t.match(await monitor.entityStatistics('inventory_items'), { lag: null, waiting: null, running: { count: 7 } })
})

t.test('an empty system shows nulls where nothing was measured, and nothing failed', async (t) => {
  const { monitor } = await testMonitor(t)
  const statistics = await monitor.statistics()
  t.ok(statisticsShape.safeParse(statistics).success)
  t.match(statistics.last_24h, { written: 0, failed: 0, success_rate: 100 })
  t.match(statistics.queue, { waiting: null, running: null, stuck: 0, oldest_due_seconds: null })
  t.strictSame(statistics.queue.oldest_seconds, { pending: null, processing: null, failed: null, dead_letter: null })
  t.match(statistics.entities.products, {
    lag: null,
    drift: null,
    last_run: null,
    last_webhook_at: null,
    verified_through: null,
    freshness: { age_seconds: null, late_seconds: null },
  })
  t.match(statistics.webhooks, { last_at: null, oldest_waiting_seconds: null, lag: null })
  t.equal(statistics.images.coverage_percent, null)
  t.strictSame((await monitor.history({ from: new Date(Date.now() - 3_600_000), to: new Date() })).points, [])
})

t.test('what is unfinished is told by entity and state with its age', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await seedQueue(db, { status: 'pending', count: 2 })
  await seedQueue(db, { status: 'processing', count: 3 })
  await sql`update tds_sync_queue_live set created_at = now() - interval '1 hour', claimed_at = now() - interval '20 minutes'
    where source_entity_id in ('processing1', 'processing2')`.execute(db)
  await sql`insert into tds_dead_letter_queue (entity_type, source_entity_id, created_at)
    values ('inventory_items', '1', now() - interval '2 days')`.execute(db)
  const { queue, entities } = await monitor.statistics()
  t.equal(queue.stuck, 2, 'longer in hand than fifteen minutes')
  const { pending, processing, failed, dead_letter: deadLetter } = queue.oldest_seconds
  t.equal(failed, null)
  t.ok(pending !== null && pending < 60)
  t.ok(processing !== null && processing >= 3600 && processing < 3660, `${processing}`)
  t.ok(deadLetter !== null && deadLetter >= 172_800 && deadLetter < 172_860, `${deadLetter}`)
  t.match(entities.products?.queue, { pending: 2, processing: 3, failed: 0, dead_letter: 0 })
  t.match(entities.inventory_items?.queue, { pending: 0, dead_letter: 1 })
})

t.test('freshness is judged by the timetable, drift by the last verify', async (t) => {
  const { db, monitor } = await testMonitor(t, { plannedEverySeconds: (name) => (name === 'products' ? 600 : null) })
  await seedRun(db, { entityType: 'products', mode: 'full', status: 'settled', settledAgo: '15 minutes' })
  for (const [differences, findings] of [
    [9, 9],
    [0, 3],
  ])
    await sql`
      insert into tds_verify_reports (entity_type, started_at, differences, findings, finding_errors, report)
      values ('products', now(), ${differences}, ${findings}, 1, '{}')`.execute(db)
  const { freshness, drift } = await monitor.entityStatistics('products')
  t.equal(freshness.due_every_seconds, 600)
  t.ok(freshness.age_seconds && freshness.age_seconds >= 900 && freshness.age_seconds < 930)
  t.equal(freshness.late_seconds, (freshness.age_seconds ?? 0) - 600)
  t.match(drift, { differences: 0, findings: 3, finding_errors: 1, verified_at: /Z$/ })
  t.strictSame((await monitor.entityStatistics('inventory_items')).freshness, {
    age_seconds: null,
    due_every_seconds: null,
    late_seconds: null,
  })
})

t.test('what became of webhooks is counted by the last whole minute and the day', async (t) => {
  const { db, monitor } = await testMonitor(t)
  const day = { received: 30, duplicate: 4, promoted: 20, parked: 3 }
  for (const [name, value] of Object.entries(day)) {
    await seedCounter(db, `webhook_${name}`, 'products', value, '3 hours')
    await seedCounter(db, `webhook_${name}`, 'stock', 1, '1 minute')
    await seedCounter(db, `webhook_${name}`, 'stock', 100, '25 hours')
  }
  await seedCounter(db, 'webhook_refused', 'signature_mismatch', 6, '3 hours')
  await sql`insert into tds_sync_runs (entity_type, mode, status) values ('products', 'incremental', 'settled')`.execute(
    db,
  )
  await sql`insert into tds_missed_edits (run_id, entity_type, missed) select id, 'products', 2 from tds_sync_runs`.execute(
    db,
  )
  const { webhooks } = await monitor.statistics()
  t.strictSame(webhooks.last_24h, { received: 31, duplicate: 5, promoted: 21, parked: 4, refused: 6 })
  t.strictSame(webhooks.last_minute, { received: 1, duplicate: 1, promoted: 1, parked: 1, refused: 0 })
  t.strictSame(webhooks.refused_24h, { signature_mismatch: 6 })
  t.equal(webhooks.missed_24h, 2)
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
  await seedCounter(db, 'zoho_call', 'list', 2, '10 minutes')
  await seedCounter(db, 'zoho_call', 'image', 1, '0')
  await seedCounter(db, 'zoho_call', 'list', 9, '25 hours')
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

t.test('what was repaired without a person is counted by action', async (t) => {
  const { db, monitor } = await testMonitor(t)
  t.same((await monitor.statistics()).healing, { healed_24h: {} })
  await sql`insert into tds_metrics (bucket, name, label, value) values
    (date_trunc('minute', now()), 'healed', 'missing-files', 3), (date_trunc('minute', now()) - interval '23 hours', 'healed', 'missing-files', 2),
    (date_trunc('minute', now()) - interval '25 hours', 'healed', 'token', 1)`.execute(db)
  const again = createMonitor(depsOf({ db }))
  t.same((await again.statistics()).healing, { healed_24h: { 'missing-files': 5 } })
})
