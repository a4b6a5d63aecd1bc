import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { TdsError } from '../../src/errors.ts'
import { bury, fail, fence } from '../../src/queue/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { finish, put, request, someone, take } from '../helpers/queue.ts'

const counted = async (db: Db, like: string): Promise<Record<string, number>> => {
  const { rows } = await sql<{ name: string; n: number }>`
    select name, sum(value)::int as n from tds_metrics where name like ${like} group by 1 order by 1`.execute(db)
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]))
}

t.test('how long items waited and ran is counted with their end, in powers of two', async (t) => {
  const { db } = await testDatabase(t)
  await put(db, request('1'), request('2'), request('3'))
  await sql`update tds_sync_queue_live set run_at = now() - interval '3 seconds' where source_entity_id <> '3'`.execute(
    db,
  )
  await sql`update tds_sync_queue_live set run_at = now() - interval '40 hours' where source_entity_id = '3'`.execute(
    db,
  )
  const items = await take(db, someone())
  await sql`update tds_sync_queue_live set claimed_at = claimed_at - interval '1 minute'`.execute(db)
  const late = items.map((item) => ({ ...item, claimedAt: new Date(Date.now() - 60_000).toISOString() }))
  await finish(db, late)
  t.strictSame(await counted(db, 'wait%'), { wait_ms_le_268435456: 1, wait_ms_le_4096: 2 })
  t.strictSame(await counted(db, 'run%'), { run_ms_le_65536: 3 })
})

t.test('failed attempts and dead letters are timed too, and a webhook only when a row came of it', async (t) => {
  const { db } = await testDatabase(t)
  await put(db, request('1'), request('2'), request('3'))
  await sql`
    insert into tds_inbox_events (event_id, received_at, module, status, entity_type, source_entity_id, requested_version)
    select gen_random_uuid(), now() - interval '10 seconds', 'products', 'promoted', 'products', n::text, 1
    from generate_series(1, 3) n`.execute(db)
  const items = await take(db, someone())
  const error = new TdsError('X', 'permanent', 'no')
  const [first, second, third] = items
  if (!first || !second || !third) throw new Error('three items were put')
  await db.transaction().execute(async (tx) => {
    await fence(tx, [first, second])
    await fail(tx, [{ item: first, error, delayMs: 1 }], 0)
    await bury(tx, [{ item: second, error }], 0)
  })
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, each) => total + each, 0)
  t.equal(sum(await counted(db, 'run_ms%')), 2)
  t.strictSame(await counted(db, 'lag%'), {}, 'a dead letter is no row')
  await finish(db, [third], 'unchanged')
  t.strictSame(await counted(db, 'lag%'), { lag_ms_le_16384: 1 })
})

t.test('a dead letter that a later success closes is counted as resolved', async (t) => {
  const { db } = await testDatabase(t)
  await sql`insert into tds_dead_letter_queue (entity_type, source_entity_id) values ('products', '1')`.execute(db)
  await put(db, request('1'), request('2'))
  await finish(db, await take(db, someone()))
  t.strictSame(await counted(db, 'dead%'), { dead_letter_resolved: 1 })
})

t.test('the bound of a histogram is the next power of two', async (t) => {
  const { db } = await testDatabase(t)
  const { rows } = await sql<{ le: string }>`
    select tds_histogram_le(ms) as le from unnest(array[0, 1, 1.5, 2, 4096, 4097, 536870912, 1e15]::float8[]) ms`.execute(
    db,
  )
  t.strictSame(
    rows.map(({ le }) => le),
    ['1', '1', '2', '2', '4096', '8192', '268435456', '268435456'],
  )
})
