import t, { type Test } from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { createLog } from '../../src/log.ts'
import { systemClock } from '../../src/runtime/index.ts'
import { createScheduler, type SchedulerDeps, type TimetableLine } from '../../src/scheduler/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { until } from '../helpers/service.ts'

const lines: readonly TimetableLine[] = [
  { name: 'products.full', entityType: 'products', mode: 'full', cron: '5 2 * * *' },
  { name: 'categories.full', entityType: 'categories', mode: 'full', cron: '1 2 * * *' },
  { name: 'products.incremental', entityType: 'products', mode: 'incremental', cron: '*/10 * * * *' },
  { name: 'backfill', entityType: null, mode: 'backfill', cron: '*/10 * * * *' },
]

/** A scheduler whose tasks leave a row of a run behind, as the real ones do, and then do what the test says. */
async function seed(
  t: Test,
  { task, ...more }: Partial<SchedulerDeps> & { task?: (name: string) => Promise<void> } = {},
) {
  const { db, pool } = await testDatabase(t)
  const fired: string[] = []
  let passes = 0
  const watchers = new Set<() => void>()
  const scheduler = createScheduler({
    db,
    pool,
    clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 10), signal) },
    log: createLog({ level: 'silent', pretty: false }),
    processId: crypto.randomUUID(),
    version: 'test',
    enabled: true,
    timeZone: async () => {
      passes++
      for (const look of watchers) look()
      return 'UTC'
    },
    lines,
    stretches: async () => new Map(),
    runTask: async ({ name, entityType, mode }) => {
      fired.push(name)
      if (entityType !== null)
        await sql`insert into tds_sync_runs (entity_type, mode) values (${entityType}, ${mode})`.execute(db)
      await task?.(name)
      if (entityType !== null) await sql`update tds_sync_runs set status = 'settled' where mode = ${mode}`.execute(db)
    },
    resumeAbandoned: async () => {},
    ...more,
  })
  t.teardown(() => scheduler.stop())
  /** Resolves after so many further passes of any track. */
  const morePasses = (count: number) =>
    new Promise<void>((resolve) => {
      const wanted = passes + count
      watchers.add(() => passes >= wanted && resolve())
    })
  return { db, fired, scheduler, morePasses }
}

/** Everything that was started is eleven minutes older. */
async function later(db: Db): Promise<void> {
  await sql`update tds_sync_runs set started_at = started_at - interval '11 minutes'`.execute(db)
  await sql`update tds_scheduled_tasks set fired_at = fired_at - interval '11 minutes'`.execute(db)
}

const ran = (db: Db, entityType: string, mode: string) =>
  until(
    db,
    `${mode} of ${entityType}`,
    sql`select exists (select from tds_sync_runs where entity_type = ${entityType} and mode = ${mode} and status = 'settled')`,
  )

t.test('full runs fire at once; what reads changes, and what belongs to no entity, waits for its tick', async (t) => {
  const { db, fired, scheduler, morePasses } = await seed(t)
  scheduler.start()
  await ran(db, 'categories', 'full')
  await morePasses(6)
  t.strictSame(fired, ['products.full', 'categories.full'])
  await later(db)
  await ran(db, 'products', 'incremental')
  await until(db, 'the backfill', sql`select fired_at > now() - interval '1 minute' from tds_scheduled_tasks`)
  await morePasses(6)
  t.strictSame(fired.toSorted(), ['backfill', 'categories.full', 'products.full', 'products.incremental'], 'each once')
})

t.test('a long night keeps no edit waiting, once its list is read', async (t) => {
  const held = Promise.withResolvers<void>()
  t.teardown(held.resolve)
  const began = Promise.withResolvers<void>()
  const { db, fired, scheduler, morePasses } = await seed(t, {
    task: async (name) => {
      if (name !== 'products.full') return
      began.resolve()
      await held.promise
    },
  })
  scheduler.start()
  await began.promise
  await later(db)
  await morePasses(6)
  t.strictSame(
    fired.filter((name) => name !== 'backfill'),
    ['products.full'],
    'the list shows the edits anyway',
  )
  await sql`update tds_sync_runs set phase = 'details'`.execute(db)
  await ran(db, 'products', 'incremental')
  t.notOk(fired.includes('categories.full'), 'the night itself goes on in order')
  held.resolve()
  await ran(db, 'categories', 'full')
})

t.test('a task that fails leaves the others of its track alone', async (t) => {
  const { db, scheduler } = await seed(t, {
    task: async (name) => {
      if (name === 'products.full') throw new Error('refused')
    },
  })
  scheduler.start()
  await ran(db, 'categories', 'full')
  t.pass('the next task of the night was fired')
})

t.test('what a stop cut off is fired again by the next leader', async (t) => {
  const began = Promise.withResolvers<void>()
  const { db, scheduler } = await seed(t, {
    runTask: ({ name }, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')))
        if (name === 'backfill') began.resolve()
      }),
  })
  await sql`insert into tds_scheduled_tasks (name, fired_at) values ('backfill', now() - interval '1 hour')`.execute(db)
  scheduler.start()
  await began.promise
  const fired = () =>
    sql<{ ago: number }>`select extract(epoch from now() - fired_at)::int as ago from tds_scheduled_tasks`.execute(db)
  t.ok(((await fired()).rows[0]?.ago ?? 0) < 60, 'while it runs it is not due')
  await scheduler.stop()
  t.ok(((await fired()).rows[0]?.ago ?? 0) >= 3600)
})

t.test('health learns the stretched interval, the planner the one of the line', async (t) => {
  const { scheduler, db } = await seed(t, { stretches: async () => new Map([['products.incremental', 3]]) })
  scheduler.start()
  await ran(db, 'products', 'full')
  t.equal(scheduler.plannedEverySeconds('products'), 1800)
  const intervals = new Map((await scheduler.intervals()).map((each) => [each.name, each.everySeconds]))
  t.equal(intervals.get('products.incremental'), 600)
})

t.test('who begins to lead prunes at once, not an hour later', async (t) => {
  const hour = 3_600_000
  const clock: SchedulerDeps['clock'] = {
    ...systemClock,
    sleep: (ms, signal) => systemClock.sleep(ms >= hour ? ms : Math.min(ms, 10), signal),
  }
  const { db, scheduler } = await seed(t, { clock })
  await sql`
    insert into tds_sync_logs (entity_type, source_entity_id, outcome, created_at)
    values ('products', '1', 'written', now() - interval '31 days')`.execute(db)
  scheduler.start()
  await until(db, 'the old line is gone', sql`select not exists (select from tds_sync_logs)`)
  t.pass()
})
