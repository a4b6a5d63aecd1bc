import t from 'tap'
import { sql } from '../../db/index.ts'
import { expectedSchema } from '../../db/schema.ts'
import { bounded, kept } from '../../src/scheduler/kept.ts'
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

t.test(
  'what rows went through is kept for 90 days or as long as is set, what operators did for two years',
  async (t) => {
    const { db } = await testDatabase(t)
    const left = async () => {
      await prune(db)
      const { rows } = await sql<{ line: string }>`
      select action || ' ' || extract(day from now() - at)::int as line from tds_audit_trail order by id`.execute(db)
      return rows.map(({ line }) => line)
    }
    await sql`insert into tds_audit_trail (at, actor, action) values
    (now() - interval '91 days', 'run', 'row.updated'), (now() - interval '89 days', 'run', 'row.deleted'),
    (now() - interval '700 days', 'cli', 'dlq.resolve')`.execute(db)
    t.same(await left(), ['row.deleted 89', 'dlq.resolve 700'])
    await sql`insert into tds_configuration (key, value) values ('retention.row_history_days', '"many"')`.execute(db)
    t.same(await left(), ['row.deleted 89', 'dlq.resolve 700'], 'what is no number of days counts for nothing')
    await sql`update tds_configuration set value = '30' where key = 'retention.row_history_days'`.execute(db)
    t.same(await left(), ['dlq.resolve 700'])
  },
)

t.test('every table of ours is pruned, or it is said why it does not grow for ever', (t) => {
  const pruned = new Set(kept.map(({ table }) => table))
  const tables = Object.keys({ ...expectedSchema.tables, ...expectedSchema.partitions }).filter((name) =>
    name.startsWith('tds_'),
  )
  t.ok(tables.length > 30)
  for (const table of tables) t.ok(pruned.has(table) || table in bounded, table)
  for (const table of [...pruned, ...Object.keys(bounded)]) t.ok(tables.includes(table), `${table} is there`)
  for (const table of pruned) t.notOk(table in bounded, `${table}: one of both`)
  t.equal(new Set(kept.map(({ name }) => name)).size, kept.length, 'each has a name of its own')
  t.end()
})

t.test('what operators did, alerts, dead letters, batches and reports go when they are over and old', async (t) => {
  const { db } = await testDatabase(t)
  const ago = (days: number) => sql`now() - ${days} * interval '1 day'`
  await sql`insert into tds_audit_trail (actor, action, at) values ('cli', 'old', ${ago(731)}), ('cli', 'kept', ${ago(729)})`.execute(
    db,
  )
  await sql`insert into tds_alerts (fingerprint, severity, status, title, message, opened_at, resolved_at) values
    ('old', 'warning', 'resolved', '', '', ${ago(500)}, ${ago(401)}), ('kept', 'warning', 'resolved', '', '', ${ago(500)}, ${ago(399)}),
    ('open', 'warning', 'open', '', '', ${ago(900)}, null)`.execute(db)
  await sql`insert into tds_alert_deliveries (alert_id, channel, kind, notice, status, ended_at)
    select id, 'email', 'opened', '{}', 'sent', now() - d.days * interval '1 day'
    from tds_alerts, (values (91), (89)) as d(days) where fingerprint = 'open'`.execute(db)
  await sql`insert into tds_dead_letter_queue (entity_type, source_entity_id, resolved, resolved_at, created_at) values
    ('products', 'old', true, ${ago(401)}, ${ago(402)}), ('products', 'kept', true, ${ago(399)}, ${ago(900)}),
    ('products', 'open', false, null, ${ago(900)})`.execute(db)
  await sql`insert into tds_dlq_batches (id, frozen_at, total, actor, reason, created_at, confirmed_at, finished_at) values
    (gen_random_uuid(), now(), 0, 'a', 'old', ${ago(402)}, ${ago(402)}, ${ago(401)}),
    (gen_random_uuid(), now(), 0, 'a', 'kept', ${ago(402)}, ${ago(402)}, ${ago(399)}),
    (gen_random_uuid(), now(), 0, 'a', 'running', ${ago(402)}, ${ago(402)}, null),
    (gen_random_uuid(), now(), 0, 'a', 'old preview', ${ago(2)}, null, null)`.execute(db)
  await sql`insert into tds_verify_reports (entity_type, started_at, finished_at, differences, report) values
    ('products', ${ago(200)}, ${ago(200)}, 0, '{}'), ('products', ${ago(190)}, ${ago(190)}, 0, '{}'),
    ('customers', ${ago(200)}, ${ago(200)}, 0, '{}'), ('customers', ${ago(10)}, ${ago(10)}, 0, '{}')`.execute(db)
  await prune(db)
  const left = async (table: string, column: string) => {
    const { rows } = await sql<{
      one: string
    }>`select ${sql.ref(column)}::text as one from ${sql.table(table)} order by 1`.execute(db)
    return rows.map(({ one }) => one)
  }
  t.same(await left('tds_audit_trail', 'action'), ['kept'])
  t.same(await left('tds_alerts', 'fingerprint'), ['kept', 'open'])
  t.equal((await left('tds_alert_deliveries', 'id')).length, 1)
  t.same(await left('tds_dead_letter_queue', 'source_entity_id'), ['kept', 'open'])
  t.same(await left('tds_dlq_batches', 'reason'), ['kept', 'running'])
  t.same(await left('tds_verify_reports', 'entity_type'), ['customers', 'products'], 'the newest of each stays')
})

t.test(
  'how long each is kept is a row of the configuration; what is no number of days counts as not set',
  async (t) => {
    const { db } = await testDatabase(t)
    const seed = () =>
      sql`insert into tds_audit_trail (actor, action, at) values ('cli', 'x', now() - interval '40 days')`.execute(db)
    const count = async () => (await sql`select from tds_audit_trail`.execute(db)).rows.length
    const set = (value: string) =>
      sql`insert into tds_configuration (key, value) values ('retention.audit_days', ${value}::jsonb)
      on conflict (key) do update set value = excluded.value`.execute(db)
    await seed()
    for (const value of ['0', '-3', '"soon"', '{"days": 3}', '41']) {
      await set(value)
      await prune(db)
      t.equal(await count(), 1, value)
    }
    await set('39')
    await prune(db)
    t.equal(await count(), 0)
  },
)

t.test('what a run had seen goes when the run is over', async (t) => {
  const { db } = await testDatabase(t)
  const { rows } = await sql<{ id: number }>`insert into tds_sync_runs (entity_type, mode, status, started_at) values
    ('products', 'full', 'running', now() - interval '9 days'), ('customers', 'full', 'incomplete', now() - interval '9 days'),
    ('suppliers', 'full', 'incomplete', now()) returning id`.execute(db)
  for (const { id } of rows)
    await sql`insert into tds_sync_seen (run_id, source_entity_id) values (${id}, '1')`.execute(db)
  await prune(db)
  const seen = (await sql<{ run_id: number }>`select run_id from tds_sync_seen order by 1`.execute(db)).rows
  t.same(
    seen.map(({ run_id }) => run_id),
    [rows[0]?.id, rows[2]?.id],
  )
})
