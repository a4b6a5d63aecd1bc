import t from 'tap'
import { createDatabase, type Db, sql } from '../../db/index.ts'
import { createMonitor, historyRanges } from '../../src/monitor/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { depsOf, seedQueue } from './fixture.ts'

const history = 20_000

async function seed(db: Db): Promise<void> {
  await sql`
    insert into tds_sync_queue (entity_type, source_entity_id, status, outcome, finished_at, created_at)
    select 'products', n::text, 'completed', 'written', at, at
    from (select n, now() - n * interval '1 second' as at from generate_series(1, ${history}::int) n) finished`.execute(
    db,
  )
  await sql`
    insert into tds_sync_logs (entity_type, source_entity_id, outcome, created_at)
    select 'products', n::text, 'written', now() - (${history}::int - n) * interval '1 second'
    from generate_series(1, ${history}::int) n`.execute(db)
  await sql`
    insert into tds_inbox_events (event_id, received_at, module, status, entity_type, source_entity_id, outcome, settled_at)
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
      at, 'products', 'promoted', 'products', n::text, 'written', at
    from (select n, now() - n * interval '1 second' as at from generate_series(1, ${history}::int) n) events`.execute(
    db,
  )
  await seedQueue(db, { status: 'pending', count: 5 })
  await sql`vacuum analyze tds_sync_queue_done, tds_sync_queue_live, tds_sync_logs, tds_inbox_events`.execute(db)
}

/** Rows and index entries that were read of each table, by sessions that have ended. */
async function read(db: Db): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ name: string; entries: number }>`
    select t.relname as name, (coalesce(t.seq_tup_read, 0) + coalesce(t.idx_tup_fetch, 0)
      + coalesce((select sum(idx_tup_read) from pg_stat_user_indexes i where i.relid = t.relid), 0))::bigint as entries
    from pg_stat_user_tables t
    where relname in ('tds_sync_queue_done', 'tds_sync_logs', 'tds_inbox_events')`.execute(db)
  return new Map(rows.map(({ name, entries }) => [name, entries]))
}

t.test('health, statistics, history and metrics read nothing of what is finished', async (t) => {
  const { db, connectionString } = await testDatabase(t)
  const session = () =>
    createDatabase({ connectionString, maxConnections: 4, statementTimeoutMs: 10_000, applicationName: 'cost' })
  const seeding = session()
  await seed(seeding.db)
  await seeding.close()
  const before = await read(db)
  const looking = session()
  const monitor = createMonitor(depsOf(looking))
  t.equal((await monitor.detailedHealth('1')).queue.pending, 5)
  t.ok((await monitor.statistics()).webhooks.last_at)
  for (const seconds of Object.values(historyRanges))
    await monitor.history({ from: new Date(Date.now() - seconds * 1000), to: new Date() })
  await monitor.facts()
  await looking.close()
  let after = await read(db)
  const spent = (table: string) => (after.get(table) ?? 0) - (before.get(table) ?? 0)
  // A session hands in its figures when it ends, a moment after it was told to.
  for (let turn = 0; spent('tds_inbox_events') === 0 && turn < 200; turn++) {
    await sql`select pg_sleep(0.02)`.execute(db)
    after = await read(db)
  }
  t.ok(spent('tds_inbox_events') > 0, 'the figures are real')
  t.equal(spent('tds_sync_queue_done'), 0)
  t.ok(spent('tds_sync_logs') <= 10, `logs: ${spent('tds_sync_logs')}`)
  t.ok(spent('tds_inbox_events') <= 3000, `the newest thousand webhooks, by index: ${spent('tds_inbox_events')}`)
})
