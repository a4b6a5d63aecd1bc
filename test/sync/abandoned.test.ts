import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import type { Zoho } from '../../src/zoho/index.ts'
import { someone } from '../helpers/queue.ts'
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

/** A Zoho in whose first page something else happens. */
const meanwhile = (zoho: Zoho, event: () => Promise<unknown>): Zoho => ({
  ...zoho,
  async *pages(...asked) {
    for await (const page of zoho.pages(...asked)) {
      if (page.page === 1) await event()
      yield page
    }
  },
})

t.test(
  'a process that lost its run takes in nothing more, not even half a page, and leaves it to the next',
  async (t) => {
    const { db, zoho, process, asked } = await bench(t, papers(), { simulator: { items: 60 }, settles: false })
    await createPapers(db)
    const next = someone()
    const takeOver = () => sql`update tds_sync_runs set owner = ${next}::uuid`.execute(db)
    const late = process({ zoho: meanwhile(zoho, takeOver) })
    const options = { signal: AbortSignal.timeout(30_000) }
    await late.run({ entityType: 'papers', mode: 'full', trigger: 'test' }, options)
    t.same(await asked(), [])
    const { rows } = await sql`select owner, status, next_page, fetched from tds_sync_runs`.execute(db)
    t.strictSame(rows, [{ owner: next, status: 'running', next_page: 1, fetched: 0 }])
  },
)

t.test('a process that stops leaves a run that another took over with that one', async (t) => {
  const { db, zoho, process } = await bench(t, papers(), { simulator: { items: 60 }, settles: false })
  await createPapers(db)
  const next = someone()
  const stop = new AbortController()
  const late = process({
    zoho: meanwhile(zoho, async () => {
      await sql`update tds_sync_runs set owner = ${next}::uuid`.execute(db)
      stop.abort()
    }),
  })
  await late.run({ entityType: 'papers', mode: 'full', trigger: 'test' }, { signal: stop.signal })
  t.match((await sql`select owner, status from tds_sync_runs`.execute(db)).rows, [{ owner: next, status: 'running' }])
})
