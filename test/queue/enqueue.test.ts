import t from 'tap'
import { sql } from '../../db/index.ts'
import { enqueue, inSerialOrder } from '../../src/queue/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { documented, finish, newRun, put, request, rowsOf, someone, take } from '../helpers/queue.ts'
import { until } from '../helpers/service.ts'

t.test('requests for one record share one live row, the most urgent and the earliest winning', async (t) => {
  const { db } = await testDatabase(t)
  const [first] = await put(db, request('1', { priority: 5, isBulk: true }))
  const [second] = await put(db, request('1', { priority: 1, isBulk: false }))
  const [row, ...others] = await rowsOf(db)
  t.equal(others.length, 0)
  t.match(row, { priority: 1, is_bulk: false, requested_version: 2, status: 'pending' })
  t.equal(first?.queueId, second?.queueId)
  t.equal(second?.requestedVersion, 2)
})

t.test('repeats inside one call answer with the same row, in the order asked', async (t) => {
  const { db } = await testDatabase(t)
  const answers = await put(db, request('2'), request('1'), request('2', { priority: 1 }))
  t.same(
    answers.map((each) => each.sourceEntityId),
    ['2', '1', '2'],
  )
  t.equal(answers[0]?.queueId, answers[2]?.queueId)
  t.equal((await rowsOf(db)).length, 2)
})

t.test('a hint merged with a queued document reads again; of two documents the later read stays', async (t) => {
  const { db } = await testDatabase(t)
  await put(db, documented('1', { v: 2 }, '2026-01-02T00:00:00Z'))
  await put(db, documented('1', { v: 1 }, '2026-01-01T00:00:00Z'))
  const kept = await sql<{
    document: string
  }>`select d.document from tds_sync_queue_live q join tds_sync_documents d using (document_id)`.execute(db)
  t.equal(kept.rows[0]?.document, '{"v":2}')
  await put(db, request('1'))
  t.match((await rowsOf(db))[0], { document_id: null, lane: 'read' })
  await put(db, documented('1', { v: 3 }, '2026-01-03T00:00:00Z'))
  t.match(
    (await rowsOf(db))[0],
    { document_id: null, lane: 'read' },
    'what asked for a read is not answered by an older document',
  )
})

t.test('an event that arrives while its item is in work brings the item back', async (t) => {
  const { db } = await testDatabase(t)
  await put(db, request('1'))
  const items = await take(db, someone())
  await put(db, request('1', { priority: 1 }))
  await finish(db, items)
  t.match(await rowsOf(db), [{ status: 'pending', requested_version: 2, claimed_version: 1, attempts: 0 }])
  await finish(db, await take(db, someone()))
  t.match(await rowsOf(db), [{ status: 'completed', outcome: 'written' }])
})

t.test('a request clears the backoff of a failed row', async (t) => {
  const { db } = await testDatabase(t)
  await put(db, request('1'))
  await take(db, someone())
  await sql`update tds_sync_queue_live set status = 'failed', run_at = now() + interval '1 hour', next_retry_at = now() + interval '1 hour', lease_owner = null`.execute(
    db,
  )
  t.equal((await take(db, someone())).length, 0)
  await put(db, request('1'))
  t.equal((await take(db, someone())).length, 1)
})

t.test('a row wanted by a newer request counts as stale for the run that waited for it', async (t) => {
  const { db } = await testDatabase(t)
  const older = await newRun(db, 1)
  const newer = await newRun(db, 1)
  await put(db, request('1', { runId: older }))
  await put(db, request('1', { runId: newer }))
  await finish(db, await take(db, someone()))
  const { rows } = await sql<{ id: number }>`select id, status, written, stale from tds_sync_runs order by id`.execute(
    db,
  )
  t.match(rows, [
    { id: older, status: 'settled', stale: 1, written: 0 },
    { id: newer, status: 'settled', stale: 0, written: 1 },
  ])
})

t.test('two writers that enqueue the same records in opposite order do not deadlock', async (t) => {
  const { db } = await testDatabase(t)
  const ids = Array.from({ length: 50 }, (_, n) => String(n))
  const rounds = Array.from({ length: 10 }, (_, round) =>
    put(db, ...(round % 2 ? ids : ids.toReversed()).map((id) => request(id))),
  )
  await Promise.all(rounds)
  t.equal((await rowsOf(db)).length, 50)
})

t.test('of two runs that ask for a new record at the same instant, the first one ends it as stale', async (t) => {
  const { db } = await testDatabase(t)
  const [first, second] = [await newRun(db, 1), await newRun(db, 1)]
  const asked = Promise.withResolvers<void>()
  const mayCommit = Promise.withResolvers<void>()
  const ahead = db.transaction().execute(async (tx) => {
    await enqueue(tx, [request('1', { runId: first })])
    asked.resolve()
    await mayCommit.promise
  })
  await asked.promise
  const behind = inSerialOrder(() => put(db, request('1', { runId: second })))
  await until(
    db,
    'the second waits for the first',
    sql`select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`,
  )
  mayCommit.resolve()
  await Promise.all([ahead, behind])
  await finish(db, await take(db, someone()))
  const { rows } =
    await sql`select status, stale, written from tds_sync_runs where id in (${first}, ${second}) order by id`.execute(
      db,
    )
  t.match(rows, [
    { status: 'settled', stale: 1, written: 0 },
    { status: 'settled', stale: 0, written: 1 },
  ])
})
