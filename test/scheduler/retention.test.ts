import t from 'tap'
import { sql } from '../../db/index.ts'
import { prune } from '../../src/scheduler/retention.ts'
import { testDatabase } from '../helpers/database.ts'

t.test('retention deletes what is over and old, and nothing that somebody may still need', async (t) => {
  const { db } = await testDatabase(t)
  await sql`insert into tds_sync_queue (entity_type, source_entity_id, status, finished_at)
    select 'products', n::text, 'completed', now() - n * interval '1 day' from generate_series(1, 20) n`.execute(db)
  await sql`insert into tds_sync_queue (entity_type, source_entity_id, created_at) values ('products', 'waiting', now() - interval '99 days')`.execute(
    db,
  )
  await sql`insert into tds_sync_logs (entity_type, source_entity_id, outcome, created_at) values
    ('products', '1', 'written', now() - interval '31 days'), ('products', '2', 'written', now())`.execute(db)
  await sql`insert into tds_inbox_events (event_id, received_at, module, status, reason, settled_at) values
    (gen_random_uuid(), now() - interval '40 days', 'a', 'promoted', null, now()),
    (gen_random_uuid(), now() - interval '40 days', 'b', 'promoted', null, null),
    (gen_random_uuid(), now() - interval '40 days', 'c', 'parked', 'no id', null),
    (gen_random_uuid(), now(), 'd', 'promoted', null, now())`.execute(db)
  await sql`insert into tds_inbox_payloads (event_id, body, sha256, auth_method) select event_id, '', '', 'key' from tds_inbox_events`.execute(
    db,
  )
  await prune(db)
  const finished = await sql<{
    n: number
    oldest: number
  }>`select count(*) as n, max(extract(day from now() - finished_at))::int as oldest from tds_sync_queue_done`.execute(
    db,
  )
  t.match(finished.rows, [{ n: 13, oldest: 13 }])
  t.match((await sql`select source_entity_id from tds_sync_queue_live`.execute(db)).rows, [
    { source_entity_id: 'waiting' },
  ])
  t.match((await sql`select source_entity_id from tds_sync_logs`.execute(db)).rows, [{ source_entity_id: '2' }])
  const kept =
    await sql`select e.module, p.event_id is not null as body from tds_inbox_events e left join tds_inbox_payloads p using (event_id) order by 1`.execute(
      db,
    )
  t.match(kept.rows, [
    { module: 'b', body: true },
    { module: 'c', body: true },
    { module: 'd', body: true },
  ])
  t.match(
    (await sql`select count(*) as n from tds_inbox_payloads`.execute(db)).rows,
    [{ n: 3 }],
    'a body goes with its event',
  )
})

t.test('runs that come every few minutes are kept for weeks, those of a night for a year', async (t) => {
  const { db } = await testDatabase(t)
  await sql`insert into tds_sync_runs (entity_type, mode, status, started_at)
    select 'products', mode, status, now() - days * interval '1 day' from (values
      ('incremental', 'settled', 59), ('incremental', 'settled', 61), ('backfill', 'incomplete', 61), ('sweep', 'read', 61),
      ('full', 'settled', 61), ('full', 'settled', 401)) as r(mode, status, days)`.execute(db)
  await prune(db)
  const { rows } = await sql<{ run: string }>`
    select mode || ' ' || extract(day from now() - started_at)::int as run from tds_sync_runs order by id`.execute(db)
  t.strictSame(
    rows.map(({ run }) => run),
    ['incremental 59', 'sweep 61', 'full 61'],
  )
})

t.test('a document goes when neither a live row nor an open dead letter needs it', async (t) => {
  const { db } = await testDatabase(t)
  await sql`insert into tds_sync_documents (document_id, entity_type, source_entity_id, source, read_at, document)
    select gen_random_uuid(), 'products', name, 'list', now() - age * interval '1 hour', '{}'
    from (values ('waiting', 30), ('dead', 30), ('left over', 30), ('fresh', 1)) as d(name, age)`.execute(db)
  await sql`insert into tds_sync_queue (entity_type, source_entity_id, lane, document_id, document_read_at)
    select 'products', 'waiting', 'write', document_id, read_at from tds_sync_documents where source_entity_id = 'waiting'`.execute(
    db,
  )
  await sql`insert into tds_dead_letter_queue (entity_type, source_entity_id, document_id)
    select 'products', 'dead', document_id from tds_sync_documents where source_entity_id = 'dead'`.execute(db)
  await prune(db)
  const { rows } = await sql<{
    name: string
  }>`select source_entity_id as name from tds_sync_documents order by 1`.execute(db)
  t.same(
    rows.map(({ name }) => name),
    ['dead', 'fresh', 'waiting'],
  )
})

t.test('minutes become hours with the same sums', async (t) => {
  const { db } = await testDatabase(t)
  await sql`insert into tds_metrics (bucket, name, label, slot, value)
    select date_trunc('hour', now()) - interval '3 days' + n * interval '1 minute', 'written', 'products', n % 3, 2 from generate_series(0, 59) n`.execute(
    db,
  )
  await sql`insert into tds_metrics (bucket, name, label, value) values (date_trunc('minute', now()), 'written', 'products', 1)`.execute(
    db,
  )
  await prune(db)
  await prune(db)
  const { rows } =
    await sql`select resolution, sum(value)::int as value from tds_metrics group by 1 order by 1`.execute(db)
  t.match(rows, [
    { resolution: 'hour', value: 120 },
    { resolution: 'minute', value: 1 },
  ])
})

t.test("what rows went through is kept for 90 days or as long as is set, operators' deeds for good", async (t) => {
  const { db } = await testDatabase(t)
  const left = async () => {
    await prune(db)
    const { rows } = await sql<{ line: string }>`
      select action || ' ' || extract(day from now() - at)::int as line from tds_audit_trail order by id`.execute(db)
    return rows.map(({ line }) => line)
  }
  await sql`insert into tds_audit_trail (at, actor, action) values
    (now() - interval '91 days', 'run', 'row.updated'), (now() - interval '89 days', 'run', 'row.deleted'),
    (now() - interval '999 days', 'cli', 'dlq.resolve')`.execute(db)
  t.same(await left(), ['row.deleted 89', 'dlq.resolve 999'])
  await sql`insert into tds_configuration (key, value) values ('retention.row_history_days', '"many"')`.execute(db)
  t.same(await left(), ['row.deleted 89', 'dlq.resolve 999'], 'what is no number of days counts for nothing')
  await sql`update tds_configuration set value = '30' where key = 'retention.row_history_days'`.execute(db)
  t.same(await left(), ['dlq.resolve 999'])
})
