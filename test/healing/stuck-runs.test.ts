import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { watchOf } from '../../src/healing/index.ts'
import { someone } from '../helpers/queue.ts'
import { bench, createPapers, papers } from '../sync/setup.ts'
import { counted, later, trail } from './setup.ts'

const takeovers = watchOf('stuck-runs')

/** A run in the middle of its list, whose process was killed. */
async function leave(db: Db, owner: string | null = someone()): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into tds_sync_runs (entity_type, mode, trigger, owner, lease_until)
    values ('papers', 'full', 'schedule', ${owner}, clock_timestamp() + interval '1 minute') returning id`.execute(db)
  return rows[0]?.id ?? 0
}

const abandonAgain = (db: Db) =>
  sql`update tds_sync_runs set status = 'running', owner = ${someone()}, read_at = null, settled_at = null, fetched = 0, written = 0,
    unchanged = 0, stale = 0, skipped = 0, failed = 0, phase = 'list', next_page = 1, position = null`.execute(db)

async function switchOff(db: Db): Promise<void> {
  await sql`insert into tds_configuration (key, value) values ('healing.stuck-runs', '{"enabled": false}')`.execute(db)
}

t.test('a run whose process was killed is gone on with, told in the trail and counted', async (t) => {
  const { db, sync } = await bench(t, papers(), { simulator: { items: 20 }, takeovers })
  await createPapers(db)
  const id = await leave(db)
  await sync.resumeAbandoned(AbortSignal.timeout(30_000))
  t.match((await sql`select id, status from tds_sync_runs`.execute(db)).rows, [{ id, status: 'settled' }])
  t.same(await trail(db), [`healing healing.stuck-runs 1 run ${id}`])
  t.equal(await counted(db, 'stuck-runs'), 1)
})

t.test('a run that a stop in order left is no repair', async (t) => {
  const { db, sync } = await bench(t, papers(), { simulator: { items: 20 }, takeovers })
  await createPapers(db)
  const id = await leave(db, null)
  await sync.resumeAbandoned(AbortSignal.timeout(30_000))
  t.match((await sql`select id, status from tds_sync_runs`.execute(db)).rows, [{ id, status: 'settled' }])
  t.same(await trail(db), [])
})

t.test('while it is switched off nobody but a person goes on with it', async (t) => {
  const { db, sync, run } = await bench(t, papers(), { simulator: { items: 20 }, takeovers })
  await createPapers(db)
  const id = await leave(db)
  await switchOff(db)
  await sync.resumeAbandoned(AbortSignal.timeout(30_000))
  await t.rejects(run('full', { trigger: 'schedule' }), { code: 'SYNC_ALREADY_RUNNING', message: /switched off/ })
  t.match((await sql`select status from tds_sync_runs`.execute(db)).rows, [{ status: 'running' }])
  t.equal((await run('full', { trigger: 'cli' })).id, id)
})

t.test('a run that ends its process at the same place is taken over five times a day, and not for ever', async (t) => {
  const { db, sync } = await bench(t, papers(), { simulator: { items: 20 }, takeovers })
  await createPapers(db)
  await leave(db)
  for (let process = 0; process < 7; process++) {
    await sync.resumeAbandoned(AbortSignal.timeout(30_000))
    await abandonAgain(db)
  }
  t.equal((await trail(db)).length, 5)
  await later(db, '25 hours')
  await sync.resumeAbandoned(AbortSignal.timeout(30_000))
  t.equal((await trail(db)).length, 6, 'the next day it is tried again')
})
