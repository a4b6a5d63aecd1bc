import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { rollUp } from '../../src/scheduler/rollup.ts'
import { seedCounter, testMonitor } from './fixture.ts'

const HOUR_MS = 3_600_000
const lastHours = (hours: number, to = new Date(Date.now() + 1000)) => ({
  from: new Date(to.getTime() - hours * HOUR_MS),
  to,
})
const total = (points: readonly { readonly values: Readonly<Record<string, number>> }[], name: string) =>
  points.reduce((sum, { values }) => sum + (values[name] ?? 0), 0)

/** One count in each minute of so many hours, whole hours ago. */
const seedMinutes = (db: Db, hours: number, name = 'written', label = 'products') =>
  sql`
  insert into tds_metrics (bucket, name, label, value)
  select date_trunc('minute', now()) - n * interval '1 minute', ${name}, ${label}, 1 from generate_series(1, ${hours * 60}) n`.execute(
    db,
  )

t.test('an hour is shown by the minute, oldest first, of one entity if asked', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await seedCounter(db, 'written', 'products', 3, '10 minutes', 0)
  await seedCounter(db, 'written', 'products', 4, '10 minutes', 1)
  await seedCounter(db, 'failed', 'products', 1, '5 minutes')
  await seedCounter(db, 'written', 'inventory_items', 2, '5 minutes')
  await seedCounter(db, 'webhook_received', 'stock', 6, '5 minutes')
  await seedCounter(db, 'zoho_call', 'inventory_items.read', 8, '5 minutes')
  await seedCounter(db, 'written', 'products', 99, '3 hours')
  const all = await monitor.history(lastHours(1))
  t.strictSame(
    all.points.map(({ values }) => values),
    [{ written: 7 }, { failed: 1, webhook_received: 6, written: 2, zoho_call: 8 }],
  )
  t.equal(all.step_seconds, 60)
  t.match(all.points[0]?.at, /:00\.000Z$/)
  const one = await monitor.history({ ...lastHours(1), entity: 'inventory_items' })
  t.strictSame(
    one.points.map(({ values }) => values),
    [{ webhook_received: 6, written: 2, zoho_call: 8 }],
    'its webhooks and calls are its own',
  )
})

t.test('the step follows from the range, and the sum is the same in each', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await seedMinutes(db, 60)
  const seen = await Promise.all([1, 24, 7 * 24, 90 * 24, 300 * 24].map((hours) => monitor.history(lastHours(hours))))
  t.strictSame(
    seen.map(({ step_seconds }) => step_seconds),
    [60, 600, 3600, 21_600, 86_400],
  )
  await rollUp(db)
  const after = await monitor.history({ ...lastHours(7 * 24), entity: 'products' })
  t.equal(total(after.points, 'written'), 3600, 'hours for what is rolled up, minutes for the rest, none twice')
  t.equal(total(seen[2]?.points ?? [], 'written'), 3600)
  t.equal(total(seen[3]?.points ?? [], 'written'), 3600)
  for (const { points } of seen) t.ok(points.length <= 400)
})

t.test('what lies further back than two days comes from hours', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await seedMinutes(db, 80)
  await rollUp(db)
  const from = new Date(Date.now() - 70 * HOUR_MS)
  const { step_seconds, points } = await monitor.history({ from, to: new Date(from.getTime() + 5 * HOUR_MS) })
  t.equal(step_seconds, 3600)
  t.ok(points.length >= 5 && points.every(({ values }) => values.written === 60))
})

t.test('of gauges a step keeps the highest, of histograms it shows percentiles', async (t) => {
  const { db, monitor } = await testMonitor(t)
  await sql`
    insert into tds_metrics (bucket, name, label, kind, value)
    select date_trunc('hour', now()) - interval '20 hours' + m * interval '1 minute', 'breaker_open', product, 'gauge', v
    from (values (1, 'books', 1), (1, 'inventory', 1), (2, 'books', 1), (3, 'books', 0)) g(m, product, v)`.execute(db)
  await sql`
    insert into tds_metrics (bucket, name, label, value)
    select date_trunc('hour', now()) - interval '20 hours', name, 'products', 10
    from unnest(array['wait_ms_le_64', 'wait_ms_le_128']) name`.execute(db)
  const { points } = await monitor.history(lastHours(24))
  t.strictSame(
    points.map(({ values }) => values),
    [{ breaker_open: 2, wait_count: 20, wait_p50_ms: 64, wait_p95_ms: 119, wait_p99_ms: 126 }],
  )
})

t.test('steps that have passed are read once; what comes late and what is new is found', async (t) => {
  const { db, monitor, clock } = await testMonitor(t)
  await seedMinutes(db, 1)
  t.equal(total((await monitor.history(lastHours(1))).points, 'written'), 60)
  await sql`update tds_metrics set value = 1000 where bucket < now() - interval '10 minutes'`.execute(db)
  await seedCounter(db, 'written', 'products', 5, '1 minute')
  t.equal(total((await monitor.history(lastHours(1))).points, 'written'), 60, 'kept for two seconds')
  clock.forward(3000)
  t.equal(total((await monitor.history(lastHours(1))).points, 'written'), 65)
})

t.test('a range that is empty or too long is refused', async (t) => {
  const { monitor } = await testMonitor(t)
  const { from, to } = lastHours(1)
  await t.rejects(monitor.history({ from: to, to: from }), { code: 'HISTORY_RANGE', kind: 'input' })
  await t.rejects(monitor.history(lastHours(401 * 24)), { code: 'HISTORY_RANGE' })
})
