import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { until } from '../helpers/service.ts'
import { bench, createPapers, papers } from './setup.ts'

/** A run as a process leaves it that stopped in the middle. */
async function leave(db: Db): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into tds_sync_runs (entity_type, mode, trigger) values ('papers', 'full', 'test') returning id`.execute(db)
  return rows[0]?.id ?? 0
}

t.test('a run that a settle counts for just now is taken over when that has ended', async (t) => {
  const { db, run } = await bench(t, papers(), { simulator: { items: 60 } })
  await createPapers(db)
  const id = await leave(db)
  const counting = await db.startTransaction().execute()
  await sql`update tds_sync_runs set written = written where id = ${id}`.execute(counting)
  const taken = run('full')
  await until(
    db,
    'somebody waits for the row',
    sql`select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`,
  )
  await counting.commit().execute()
  t.equal((await taken).id, id)
})

t.test('two processes that go on with what a dead one left do it once, and neither fails', async (t) => {
  const { db, process } = await bench(t, papers(), { simulator: { items: 60 } })
  await createPapers(db)
  const id = await leave(db)
  await Promise.all([process(), process()].map((sync) => sync.resumeAbandoned(AbortSignal.timeout(30_000))))
  const { rows } = await sql<{ id: number; status: string }>`select id, status from tds_sync_runs`.execute(db)
  t.strictSame(rows, [{ id, status: 'settled' }])
})
