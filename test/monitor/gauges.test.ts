import t from 'tap'
import { sql } from '../../db/index.ts'
import { sampleGauges } from '../../src/monitor/gauges.ts'
import { createGauges, createMonitor } from '../../src/monitor/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { depsOf, seedDeadLetters, seedQueue, silent, testClock } from './fixture.ts'

t.test('how things stand is kept by the minute, and the higher of two samples stays', async (t) => {
  const database = await testDatabase(t)
  const { db } = database
  const clock = testClock()
  const monitor = createMonitor(depsOf(database, { clock }))
  await seedQueue(db, { status: 'pending', count: 3, dueAgo: '1 minute' })
  await seedDeadLetters(db, 2)
  await sampleGauges(db, monitor.observe)
  await sql`delete from tds_sync_queue_live`.execute(db)
  clock.forward(5000)
  await sampleGauges(db, monitor.observe)
  const { rows } = await sql<{ name: string; value: number }>`
    select name, max(value)::int as value from tds_metrics where kind = 'gauge' and label = '' group by 1`.execute(db)
  const gauges = Object.fromEntries(rows.map(({ name, value }) => [name, value]))
  t.match(gauges, {
    queue_pending: 3,
    queue_due: 3,
    queue_failed: 0,
    dead_letters: 2,
    drift_rows: 0,
    zoho_minute_held: 7,
  })
  t.ok((gauges.oldest_due_seconds ?? 0) >= 60)
  const breakers = await sql<{
    label: string
  }>`select label from tds_metrics where name = 'breaker_open' order by 1`.execute(db)
  t.strictSame(
    breakers.rows.map(({ label }) => label),
    ['books', 'inventory'],
  )
})

t.test('only the leader samples, and a sample that fails is repeated', async (t) => {
  const { db } = await testDatabase(t)
  let leads = false
  let asked = 0
  const clock = testClock()
  const rests: number[] = []
  const done = Promise.withResolvers<void>()
  const loop = createGauges({
    db,
    log: silent,
    isLeader: () => leads,
    observe: async () => {
      asked += 1
      throw new Error('the database is away')
    },
    clock: {
      ...clock,
      async sleep(ms) {
        rests.push(ms)
        if (rests.length === 1) t.equal(asked, 0, 'not while another leads')
        leads = true
        if (asked > 1) done.resolve()
      },
    },
  })
  loop.start()
  await done.promise
  await loop.stop()
  t.ok(asked > 1)
  t.ok((rests[0] ?? 0) > 30_000 && (rests[0] ?? 0) <= 90_000, 'the middle of the next minute')
})
