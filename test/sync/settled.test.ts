import t from 'tap'
import { sql } from '../../db/index.ts'
import { finish, someone, take } from '../helpers/queue.ts'
import { bench, createPapers, papers } from './setup.ts'

t.test('a run is read when its last page is enqueued, and settled when the last of its items has ended', async (t) => {
  const { db, sync } = await bench(t, papers(), { simulator: { items: 60 }, settles: false })
  await createPapers(db)
  const options = { signal: AbortSignal.timeout(30_000), settleWithinMs: 0 }
  const run = await sync.run({ entityType: 'papers', mode: 'full', trigger: 'test' }, options)
  t.match(run, { status: 'read', fetched: 60, written: 0, settled_at: null, error_code: null })
  const { rows } = await sql`select from tds_sync_cursors where last_complete_at is not null`.execute(db)
  t.equal(rows.length, 1, 'the cursor moves with the last page')

  const end = async (count: number) => finish(db, await take(db, someone(), count, 'write'))
  t.equal((await end(59)).length, 59)
  t.match(await sync.get(run.id), { status: 'read', written: 59 })
  t.equal((await end(59)).length, 1)
  t.match(await sync.get(run.id), { status: 'settled', written: 60, settled_at: Date })
})

t.test('what became of each item is added to its own counter, and only their whole sum settles the run', async (t) => {
  const { db, sync } = await bench(t, papers(), { simulator: { items: 60 }, settles: false })
  await createPapers(db)
  const options = { signal: AbortSignal.timeout(30_000), settleWithinMs: 0 }
  const { id } = await sync.run({ entityType: 'papers', mode: 'full', trigger: 'test' }, options)
  const shares = { written: 10, unchanged: 11, stale: 12, skipped: 27 } as const
  for (const outcome of ['written', 'unchanged', 'stale', 'skipped'] as const)
    await finish(db, await take(db, someone(), shares[outcome], 'write'), outcome)
  t.match(await sync.get(id), { status: 'settled', fetched: 60, failed: 0, ...shares })
  const wrong = sql`update tds_sync_runs set written = written - 1 where id = ${id}`.execute(db)
  await t.rejects(wrong, { code: '23514' }, 'the table refuses a settled run whose sum does not match')
})
