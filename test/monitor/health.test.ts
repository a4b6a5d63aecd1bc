import t from 'tap'
import { createDatabase, sql } from '../../db/index.ts'
import { createMonitor } from '../../src/monitor/index.ts'
import { depsOf, seedCounter, seedDeadLetters, seedHealthy, seedQueue, seedRun, testMonitor } from './fixture.ts'

t.test('every figure of health is what the tables hold', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await seedHealthy(db)
  await seedQueue(db, { status: 'pending', count: 4 })
  await seedQueue(db, { status: 'processing', count: 3 })
  await seedQueue(db, { status: 'failed', count: 2 })
  await seedQueue(db, { status: 'completed', count: 9 })
  await seedQueue(db, { status: 'dead_letter', count: 5 })
  await seedDeadLetters(db, 1)
  await seedDeadLetters(db, 6, true)
  await seedCounter(db, 'written', 'products', 30, '0', 0)
  await seedCounter(db, 'written', 'products', 12, '0', 1)
  await seedCounter(db, 'written', 'inventory_items', 50, '23 hours')
  await seedCounter(db, 'written', 'products', 1000, '25 hours')
  await seedCounter(db, 'unchanged', 'products', 6, '10 minutes')
  await seedCounter(db, 'failed', 'products', 2, '10 minutes')
  await seedCounter(db, 'attempt_failed', 'products', 40, '10 minutes')

  const health = await monitor.health()

  t.equal(health.status, 'degraded')
  t.same(health.queue, { pending: 4, processing: 3, failed: 2, dead_letter: 1 })
  t.equal(health.stats.total_synced_24h, 92)
  t.equal(health.stats.success_rate, 98)
  t.same(Object.keys(health), ['status', 'queue', 'last_sync', 'stats'])
  t.same(Object.keys(health.last_sync), ['products', 'inventory_items', 'product_images'])
})

t.test('last_sync is the end of the last settled run that was complete', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await seedRun(db, { entityType: 'products', mode: 'full', status: 'settled', settledAgo: '3 hours' })
  await seedRun(db, { entityType: 'products', mode: 'incremental', status: 'settled', settledAgo: '1 hour' })
  await seedRun(db, { entityType: 'products', mode: 'backfill', status: 'settled', settledAgo: '1 minute' })
  await seedRun(db, { entityType: 'products', mode: 'incremental', status: 'incomplete', settledAgo: '2 minutes' })
  await seedRun(db, { entityType: 'inventory_items', mode: 'sweep', status: 'read' })

  const { last_sync } = await monitor.health()

  const ago = (Date.now() - Date.parse(last_sync.products ?? '')) / 60_000
  t.ok(ago > 59 && ago < 61, `an hour ago, not ${ago} minutes`)
  t.match(last_sync.products, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  t.equal(last_sync.inventory_items, null)
  t.equal(last_sync.product_images, null)
})

t.test('nothing settled counts as a success rate of 100', async (t) => {
  const { monitor } = await testMonitor(t)
  t.same((await monitor.health()).stats, { total_synced_24h: 0, success_rate: 100 })
})

t.test('one failure among a hundred thousand does not show as 100 percent', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await seedCounter(db, 'written', 'products', 99_999, '0')
  await seedCounter(db, 'failed', 'products', 1, '0')
  t.equal((await monitor.health()).stats.success_rate, 99.99)
})

t.test('a system with a living process and a fresh run is healthy, and a second look sees what changed', async (t) => {
  const { db, monitor, clock } = await testMonitor(t)
  await seedHealthy(db)
  t.equal((await monitor.health()).status, 'healthy')
  await seedDeadLetters(db, 21)
  t.equal((await monitor.health()).status, 'healthy', 'within a second the same answer')
  clock.forward(1001)
  t.equal((await monitor.health()).status, 'unhealthy')
  await db.updateTable('tds_dead_letter_queue').set({ resolved: true }).execute()
  clock.forward(1001)
  t.equal((await monitor.health()).status, 'healthy')
})

t.test('without the database the shape is the same with nulls, and it recovers', async (t) => {
  const { db, connectionString, clock } = await testMonitor(t)
  await seedHealthy(db)
  const away = createDatabase({
    connectionString: connectionString.replace(/:\d+\//, ':1/'),
    maxConnections: 2,
    statementTimeoutMs: 0,
    applicationName: 'away',
  })
  t.teardown(away.close)
  let current = away.db
  const deps = { ...depsOf({ db }), clock }
  const monitor = createMonitor({
    ...deps,
    get db() {
      return current
    },
  })

  const health = await monitor.detailedHealth('1.2.3')

  t.equal(health.status, 'unhealthy')
  t.same(health.queue, { pending: null, processing: null, failed: null, dead_letter: null })
  t.same(health.last_sync, { products: null, inventory_items: null, product_images: null })
  t.same(health.stats, { total_synced_24h: null, success_rate: null })
  t.same(
    health.reasons.map(({ code, severity }) => ({ code, severity })),
    [{ code: 'database_away', severity: 'unhealthy' }],
  )
  t.equal(health.checks.database?.status, 'fail')
  t.equal((await monitor.ready()).ready, false)

  current = db
  clock.forward(1001)
  t.equal((await monitor.health()).status, 'healthy')
  t.same(await monitor.ready(), { ready: true, reasons: [] })
})

t.test('a pool that was ended counts as a database that is away', async (t) => {
  const { db, close, monitor } = await testMonitor(t)
  await seedHealthy(db)
  await close()
  t.equal((await monitor.health()).status, 'unhealthy')
  t.equal((await monitor.health()).queue.pending, null)
})

t.test('a key sees reasons, flat figures and checks', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await seedHealthy(db)
  await seedQueue(db, { status: 'pending', count: 3, dueAgo: '400 seconds' })
  await seedQueue(db, { status: 'pending', count: 60, dueAgo: '3 hours', isBulk: true, tag: 'bulk' })
  const { status, reasons, summary, checks, version } = await monitor.detailedHealth('1.2.3')
  t.equal(status, 'degraded')
  t.equal(reasons[0]?.code, 'worker_hung', 'and no attempt ends')
  t.match(reasons.slice(1), [{ code: 'backlog', severity: 'degraded', runbook: 'docs/runbook.md#backlog' }])
  t.match(reasons[1]?.words, /^3 item\(s\) are due/)
  t.match(summary, { queue_pending: 63, queue_due: 3, living_processes: 1, zoho_inventory_day_used: 480 })
  t.match(checks, { database: { status: 'pass' }, queue: { status: 'warn' }, zoho: { status: 'pass' } })
  t.equal(version, '1.2.3')
})

t.test('products have a due time of ten minutes unless the timetable says otherwise', async (t) => {
  const { db, monitor, clock } = await testMonitor(t)
  await seedHealthy(db)
  const codes = async (of: typeof monitor) => (await of.detailedHealth('1')).reasons.map(({ code }) => code)
  const planned = createMonitor({
    ...depsOf({ db }, { clock }),
    plannedEverySeconds: (name) => ({ products: 86_400, inventory_items: 900 })[name] ?? null,
  })
  const unplanned = createMonitor({ ...depsOf({ db }, { clock }), plannedEverySeconds: () => null })
  await sql`update tds_sync_runs set settled_at = settled_at - interval '40 minutes'`.execute(db)
  clock.forward(1001)
  t.same(await codes(monitor), ['sync_overdue'])
  t.same(await codes(planned), ['never_synced'], 'only the stock')
  t.same(await codes(unplanned), ['sync_overdue'], 'a process without the timetable judges all the same')
})

t.test('ready says why not', async (t) => {
  const { monitor } = await testMonitor(t, { notReady: () => 'the schema is not checked yet' })
  t.same(await monitor.ready(), { ready: false, reasons: ['the schema is not checked yet'] })
})

t.test('thresholds come from tds_configuration; unreadable ones leave the defaults and are told', async (t) => {
  const { db, monitor, clock } = await testMonitor(t)
  await seedHealthy(db)
  await seedDeadLetters(db, 3)
  const set = async (value: unknown) => {
    await db
      .insertInto('tds_configuration')
      .values({ key: 'alerts.thresholds', value: JSON.stringify(value) })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: JSON.stringify(value) }))
      .execute()
    clock.forward(1001)
  }
  t.equal((await monitor.health()).status, 'degraded')
  await set({ dead_letter: { warning: 5 } })
  t.equal((await monitor.health()).status, 'healthy')
  await set({ dead_letter: { warning: 0, critical: 2 } })
  t.equal((await monitor.health()).status, 'unhealthy')
  await set({ dead_letter: 'many' })
  const { reasons } = await monitor.detailedHealth('1')
  t.same(
    reasons.map(({ code }) => code),
    ['dead_letters', 'thresholds_unreadable'],
  )
})
