import t from 'tap'
import { sql } from '../../db/index.ts'
import { TdsError } from '../../src/errors.ts'
import {
  bury,
  type ClaimedItem,
  fail,
  fence,
  holdsLease,
  maxAttempts,
  release,
  rescue,
  snooze,
} from '../../src/queue/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { finish, newRun, put, request, rowsOf, someone, take } from '../helpers/queue.ts'

t.test('two workers never hold the same row, and the most urgent rows go first', async (t) => {
  const { db } = await testDatabase(t)
  await put(db, ...Array.from({ length: 40 }, (_, n) => request(String(n), { priority: n % 2 ? 1 : 5 })))
  const [a, b] = await Promise.all([take(db, someone(), 20), take(db, someone(), 20)])
  t.equal(new Set([...a, ...b].map((item) => item.id)).size, 40)
  await put(db, request('late', { priority: 9 }), request('soon', { priority: 1 }))
  t.equal((await take(db, someone(), 1))[0]?.sourceEntityId, 'soon')
})

t.test('a lease that was lost lets nothing through', async (t) => {
  const { db } = await testDatabase(t)
  await put(db, request('1'))
  const stale = await take(db, someone())
  await sql`update tds_sync_queue_live set lease_until = now() - interval '1 s'`.execute(db)
  t.equal(await rescue(db, someone()), 1)
  const [fresh] = await take(db, someone())
  t.notOk(await holdsLease(db, stale[0] as ClaimedItem))
  t.same(await finish(db, stale), [], 'the first holder settles nothing')
  t.match(await rowsOf(db), [{ status: 'processing', lease_token: 2 }])
  t.equal((await finish(db, fresh ? [fresh] : [])).length, 1)
})

t.test('items of a process whose session is gone are freed at once; those of a living one are not', async (t) => {
  const { db, pool } = await testDatabase(t)
  const [living, dead] = [someone(), someone()]
  const session = await pool.connect()
  await session.query('select pg_advisory_lock(hashtextextended($1::text, 7))', [living])
  await put(db, request('1'), request('2'))
  const kept = await take(db, living, 1)
  await take(db, dead, 1)
  t.equal(await rescue(db, someone()), 1)
  t.ok(await holdsLease(db, kept[0] as ClaimedItem))
  session.release()
})

t.test('two processes that look after a dead one at the same time both see that it is gone', async (t) => {
  const { db } = await testDatabase(t)
  const dead = someone()
  await put(db, request('1'))
  await take(db, dead)
  await db.transaction().execute(async (tx) => {
    // As the first one looks, and has not committed yet.
    await sql`select pg_try_advisory_xact_lock_shared(hashtextextended(${dead}::text, 7))`.execute(tx)
    t.equal(await rescue(db, someone()), 1)
  })
})

t.test('our own items that no batch holds any more are freed, those in hand are not', async (t) => {
  const { db } = await testDatabase(t)
  const self = someone()
  await put(db, request('1'), request('2'))
  const items = await take(db, self)
  const [held, lost] = items
  t.equal(await rescue(db, self), 0, 'a claim is given time to reach its batch')
  await sql`update tds_sync_queue_live set claimed_at = claimed_at - interval '6 s'`.execute(db)
  t.equal(await rescue(db, self, { inHand: [held?.id ?? 0] }), 1)
  t.match(
    (await rowsOf(db)).find((row) => row.id === lost?.id),
    { status: 'pending', wait_reason: 'rescued' },
  )
  t.match(
    (await rowsOf(db)).find((row) => row.id === held?.id),
    { status: 'processing' },
  )
})

t.test('an attempt that the database went away from under is given back, however often', async (t) => {
  const { db } = await testDatabase(t)
  const self = someone()
  await put(db, request('1'))
  for (let outage = 0; outage <= maxAttempts; outage++) {
    const [held] = await take(db, self)
    await sql`update tds_sync_queue_live set claimed_at = now() - interval '6 s'`.execute(db)
    t.equal(await rescue(db, self, { excused: [held?.id ?? 0] }), 1)
  }
  t.match(await rowsOf(db), [{ status: 'pending', attempts: 0 }])
})

t.test('an item that nobody survives ends as a dead letter', async (t) => {
  const { db } = await testDatabase(t)
  await put(db, request('1'))
  for (let n = 1; n <= maxAttempts; n++) {
    t.equal((await take(db, someone())).length, 1)
    t.equal(await rescue(db, someone()), 1)
  }
  t.match(await rowsOf(db), [{ status: 'dead_letter', error_code: 'LEASE_EXHAUSTED' }])
})

t.test('a stop gives its items back without counting the attempt', async (t) => {
  const { db } = await testDatabase(t)
  const owner = someone()
  const run = await newRun(db, 1)
  await put(db, request('1', { runId: run }))
  await take(db, owner)
  await release(db, owner)
  t.match(await rowsOf(db), [{ status: 'pending', attempts: 0, run_id: run }])
})

t.test('failed, snoozed and buried items say so in the row, the log and the dead letters', async (t) => {
  const { db } = await testDatabase(t)
  const run = await newRun(db, 3)
  await put(db, request('1', { runId: run }), request('2', { runId: run }), request('3', { runId: run }))
  const items = await take(db, someone())
  const [first, second, third] = items
  if (!first || !second || !third) return t.fail('claimed too little')
  const error = new TdsError('ZOHO_SERVER', 'transient', 'Zoho answered 500 for item 123')
  await db.transaction().execute(async (tx) => {
    await fence(tx, items)
    await fail(tx, [{ item: first, error, delayMs: 1000 }], 0)
    await snooze(tx, [{ item: second, retryAt: new Date(Date.now() + 60_000), reason: 'day' }])
    await bury(tx, [{ item: third, error }], 0)
  })
  const rows = await rowsOf(db)
  t.match(
    rows.find((row) => row.id === first.id),
    { status: 'failed', attempts: 1, error_code: 'ZOHO_SERVER', next_retry_at: Date, run_id: run },
  )
  t.match(
    rows.find((row) => row.id === second.id),
    { status: 'pending', attempts: 0, wait_reason: 'day', run_id: run },
  )
  t.match(
    rows.find((row) => row.id === third.id),
    { status: 'dead_letter', outcome: 'failed' },
  )
  const letters =
    await sql`select entity_type, source_entity_id, error_code, resolved, fingerprint from tds_dead_letter_queue`.execute(
      db,
    )
  t.match(letters.rows, [
    {
      entity_type: 'products',
      source_entity_id: third.sourceEntityId,
      error_code: 'ZOHO_SERVER',
      resolved: false,
      fingerprint: 'ZOHO_SERVER: Zoho answered # for item #',
    },
  ])
  const runs = await sql`select failed, status from tds_sync_runs`.execute(db)
  t.match(runs.rows, [{ failed: 1, status: 'read' }])
  const logs = await sql`select outcome, attempt, duration_ms from tds_sync_logs order by id`.execute(db)
  t.match(logs.rows, [
    { outcome: 'failed', attempt: 1, duration_ms: Number },
    { outcome: 'failed', attempt: 1 },
  ])
})

t.test('success resolves the open dead letter of the record', async (t) => {
  const { db } = await testDatabase(t)
  await put(db, request('1'))
  const items = await take(db, someone())
  await db.transaction().execute(async (tx) => {
    await fence(tx, items)
    await bury(
      tx,
      items.map((item) => ({ item, error: new TdsError('X', 'permanent', 'x') })),
      0,
    )
  })
  await put(db, request('1'))
  await finish(db, await take(db, someone()))
  const { rows } = await sql`select resolved, resolved_by from tds_dead_letter_queue`.execute(db)
  t.match(rows, [{ resolved: true, resolved_by: 'queue' }])
})

t.test('counters say how many items ended and how', async (t) => {
  const { db } = await testDatabase(t)
  await put(db, request('1'), request('2'))
  await finish(db, await take(db, someone()), 'unchanged')
  const { rows } = await sql`select name, label, sum(value)::int as n from tds_metrics group by 1, 2`.execute(db)
  t.match(rows, [{ name: 'unchanged', label: 'products', n: 2 }])
})

t.test(
  'an item that a newer run asked for while its worker died, stopped, failed or slept ends its older run as stale',
  async (t) => {
    const { db } = await testDatabase(t)
    const givesBack: Record<string, (item: ClaimedItem, owner: string) => Promise<unknown>> = {
      rescue: () => rescue(db, someone()),
      release: (_item, owner) => release(db, owner),
      fail: (item) =>
        db
          .transaction()
          .execute((tx) => fail(tx, [{ item, error: new TdsError('X', 'transient', 'x'), delayMs: 0 }], 0)),
      snooze: (item) => db.transaction().execute((tx) => snooze(tx, [{ item, retryAt: new Date(), reason: 'minute' }])),
    }
    for (const [how, giveBack] of Object.entries(givesBack)) {
      const [older, newer, owner] = [await newRun(db, 1), await newRun(db, 2), someone()]
      await put(db, request(how, { runId: older }))
      const [item] = await take(db, owner)
      await put(db, request(how, { runId: newer }))
      if (item) await giveBack(item, owner)
      const [again] = await take(db, owner)
      // The same run may ask twice, as when a page shows a record again.
      await put(db, request(how, { runId: newer }))
      if (again) await giveBack(again, owner)
      await finish(db, await take(db, owner))
      const { rows } = await sql`
      select status, stale, written from tds_sync_runs where id in (${older}, ${newer}) order by id`.execute(db)
      t.match(
        rows,
        [
          { status: 'settled', stale: 1, written: 0 },
          { status: 'settled', stale: 1, written: 1 },
        ],
        how,
      )
    }
  },
)
