import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { heartbeat } from '../../src/queue/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { finish, put, request, someone, take } from '../helpers/queue.ts'

/** Seconds until the lease of each live row is over, by record. */
async function leftOf(db: Db): Promise<Record<string, number>> {
  const { rows } = await sql<{ id: string; left: number }>`
    select source_entity_id as id, extract(epoch from lease_until - clock_timestamp())::float8 as left
    from tds_sync_queue_live where lease_until is not null`.execute(db)
  return Object.fromEntries(rows.map(({ id, left }) => [id, left]))
}

t.test('a heartbeat lengthens the leases it names, and only those that are still its own', async (t) => {
  const { db } = await testDatabase(t)
  const [mine, other] = [someone(), someone()]
  await put(db, request('named', { priority: 1 }), request('unnamed', { priority: 2 }), request('of another'))
  const [named] = await take(db, mine, 2)
  const [foreign] = await take(db, other, 1)
  const ids = [named?.id ?? 0, foreign?.id ?? 0]
  await heartbeat(db, mine, ids, 3_600_000)
  const left = await leftOf(db)
  t.ok((left.named ?? 0) > 3_000, 'an hour')
  t.ok((left.unnamed ?? 0) < 100, 'the minute it was claimed for')
  t.ok((left['of another'] ?? 0) < 100, 'whoever took it over is not kept from losing it')
})

t.test('a heartbeat that comes too late raises nothing', async (t) => {
  const { db } = await testDatabase(t)
  const owner = someone()
  await put(db, request('1'))
  const items = await take(db, owner)
  await finish(db, items)
  await heartbeat(db, owner, [items[0]?.id ?? 0], 3_600_000)
  t.same(await leftOf(db), {})
})
