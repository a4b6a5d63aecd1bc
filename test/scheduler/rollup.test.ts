import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { rollUp } from '../../src/scheduler/rollup.ts'
import { testDatabase } from '../helpers/database.ts'

/** Two counts a minute, over three slots, and a gauge that rises, from so many hours ago until now. */
async function seed(db: Db, hours: number): Promise<void> {
  await sql`
    insert into tds_metrics (bucket, name, label, slot, value)
    select date_trunc('hour', now()) - ${hours} * interval '1 hour' + n * interval '1 minute', 'written', 'products', n % 3, 2
    from generate_series(0, ${hours * 60 - 1}) n`.execute(db)
  await sql`
    insert into tds_metrics (bucket, name, kind, value)
    select date_trunc('hour', now()) - ${hours} * interval '1 hour' + n * interval '1 minute', 'queue_due', 'gauge', n % 60
    from generate_series(0, ${hours * 60 - 1}) n`.execute(db)
}

const sums = async (db: Db) => {
  const { rows } = await sql<{ resolution: string; name: string; rows: number; sum: number; most: number }>`
    select resolution, name, count(distinct bucket)::int as rows, sum(value)::int as sum, max(value)::int as most
    from tds_metrics group by 1, 2 order by 1, 2`.execute(db)
  return rows.map(({ resolution, name, rows, sum, most }) => `${resolution} ${name}: ${rows} ${sum} ${most}`)
}

t.test('hours are the sums of their minutes and the peaks of their gauges; minutes stay for two days', async (t) => {
  const { db } = await testDatabase(t)
  await seed(db, 72)
  await rollUp(db)
  const { rows } = await sql<{ closed: number }>`
    select case when extract(minute from now()) < 5 then 71 else 72 end as closed`.execute(db)
  const closed = rows[0]?.closed ?? 0
  const expected = [
    `hour queue_due: ${closed} ${closed * 59} 59`,
    `hour written: ${closed} ${closed * 120} 120`,
    `minute queue_due: 2880 ${(2880 / 60) * 1770} 59`,
    'minute written: 2880 5760 2',
  ]
  t.strictSame(await sums(db), expected)
  await rollUp(db)
  await Promise.all([rollUp(db), rollUp(db)])
  t.strictSame(await sums(db), expected, 'the same when it is done again, and by two at once')
})

t.test('what was committed late is found by the next', async (t) => {
  const { db } = await testDatabase(t)
  await seed(db, 4)
  await rollUp(db)
  await sql`
    insert into tds_metrics (bucket, name, label, slot, value)
    values (date_trunc('hour', now()) - interval '119 minutes', 'written', 'products', 9, 1000)`.execute(db)
  await rollUp(db)
  const { rows } = await sql<{ value: number }>`
    select value::int from tds_metrics
    where resolution = 'hour' and name = 'written' and bucket = date_trunc('hour', now()) - interval '2 hours'`.execute(
    db,
  )
  t.strictSame(rows, [{ value: 1120 }])
})

t.test('a rollup that dies half-way has done nothing, and the next does all of it', async (t) => {
  const { db } = await testDatabase(t)
  await seed(db, 60)
  const before = await sums(db)
  await sql`
    create function die() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return old; end $$`.execute(db)
  await sql`create trigger die after delete on tds_metrics execute function die()`.execute(db)
  await t.rejects(rollUp(db))
  t.strictSame(await sums(db), before, 'neither hours nor gone minutes')
  await sql`drop trigger die on tds_metrics`.execute(db)
  await rollUp(db)
  const { rows } = await sql<{ sum: number }>`
    select sum(value)::int as sum from tds_metrics m
    where name = 'written' and (resolution = 'hour' or not exists (
      select from tds_metrics h where h.resolution = 'hour' and h.bucket = date_trunc('hour', m.bucket)))`.execute(db)
  t.strictSame(rows, [{ sum: 7200 }])
})

t.test('hours go after 400 days', async (t) => {
  const { db } = await testDatabase(t)
  await sql`
    insert into tds_metrics (resolution, bucket, name, value)
    select 'hour', date_trunc('hour', now()) - n * interval '1 day', 'written', 1 from unnest(array[399, 401]) n`.execute(
    db,
  )
  await rollUp(db)
  t.strictSame(await sums(db), ['hour written: 1 1 1'])
})
