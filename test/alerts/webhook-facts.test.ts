import t, { type Test } from 'tap'
import { sql } from '../../db/index.ts'
import { createWebhookReader } from '../../src/alerts/webhook-facts.ts'
import { testDatabase } from '../helpers/database.ts'
import { entities } from './setup.ts'

type Db = Awaited<ReturnType<typeof testDatabase>>['db']

async function reader(t: Test) {
  const { db } = await testDatabase(t)
  const read = () => createWebhookReader({ db, entities: { list: () => entities } }).read()
  return { db, read }
}

/** An incremental run that ended half an hour ago and wrote these records. */
async function seedRun(db: Db, ids: readonly string[], { mode = 'incremental', endedAgo = '30 minutes' } = {}) {
  const { rows } = await sql<{ id: number }>`
    insert into tds_sync_runs (entity_type, mode, status, fetched, written, started_at, settled_at)
    values ('products', ${mode}, 'settled', ${ids.length}, ${ids.length},
      now() - ${endedAgo}::interval - interval '1 minute', now() - ${endedAgo}::interval)
    returning id`.execute(db)
  await sql`
    insert into tds_sync_logs (run_id, entity_type, source_entity_id, outcome, created_at)
    select ${rows[0]?.id ?? 0}, 'products', id, 'written', now() - ${endedAgo}::interval from unnest(${[...ids]}::text[]) as id`.execute(
    db,
  )
}

/** A webhook of a record, and the counter the intake keeps of it. */
async function seedWebhook(db: Db, id: string, ago: string) {
  await sql`
    insert into tds_inbox_events (event_id, received_at, module, status, entity_type, source_entity_id)
    select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || '7000800000000000' || lpad(${id}, 4, '0'))::uuid,
      at, 'items', 'promoted', 'products', ${id}
    from (select now() - ${ago}::interval as at) moment`.execute(db)
  await seedReceived(db, 1, sql`date_trunc('minute', now() - ${ago}::interval)`, 'minute')
}

const seedReceived = (db: Db, count: number, bucket: ReturnType<typeof sql>, resolution = 'hour') =>
  sql`
    insert into tds_metrics (resolution, bucket, name, label, value) values (${resolution}, ${bucket}, 'webhook_received', 'items', ${count})
    on conflict (resolution, bucket, name, label, slot) do update set value = tds_metrics.value + excluded.value`.execute(
    db,
  )

t.test('an edit that a run wrote and no webhook told of is missed, once', async (t) => {
  const { db, read } = await reader(t)
  await seedWebhook(db, '1', '40 minutes')
  await seedWebhook(db, '2', '28 minutes')
  await seedWebhook(db, '3', '5 hours')
  await seedRun(db, ['1', '2', '3', '4'])
  t.same([...(await read()).missed], [['products', 2]], 'the webhook of 3 was for another edit, 4 has none')
  t.same([...(await read()).missed], [['products', 2]], 'a run counts once')
  const [run] = await db.selectFrom('tds_missed_edits').selectAll().execute()
  t.same(run?.samples, ['3', '4'])
})

t.test('only settled incremental runs that ended a while ago are judged', async (t) => {
  const { db, read } = await reader(t)
  await seedWebhook(db, '9', '3 hours')
  await seedRun(db, ['1', '2', '3'], { mode: 'full' })
  await seedRun(db, ['4', '5', '6'], { endedAgo: '2 minutes' })
  await seedRun(db, ['7', '8'], { endedAgo: '25 hours' })
  t.same([...(await read()).missed], [])
})

t.test('where no webhook ever comes none is set up, and none is missed', async (t) => {
  const { db, read } = await reader(t)
  await seedRun(db, ['1', '2', '3'])
  t.same([...(await read()).missed], [])
})

t.test('what is missed counts for a day', async (t) => {
  const { db, read } = await reader(t)
  await seedWebhook(db, '9', '3 hours')
  await seedRun(db, ['1', '2', '3'])
  await read()
  await sql`update tds_missed_edits set counted_at = now() - interval '25 hours'`.execute(db)
  t.same([...(await read()).missed], [])
})

t.test('a module that nothing here mirrors counts for a day; what is parked for another reason does not', async (t) => {
  const { db, read } = await reader(t)
  const park = (at: string, module: string, tail: string) =>
    sql`
      insert into tds_inbox_events (event_id, received_at, module, status, reason)
      select (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || '7000800000000000' || ${tail})::uuid,
        moment, ${module}, 'parked', 'because'
      from (select now() - ${at}::interval as moment) at`.execute(db)
  await park('1 hour', 'shipments', '0001')
  await park('23 hours', 'shipments', '0002')
  await park('25 hours', 'packages', '0003')
  await park('1 hour', 'items', '0004')
  t.same([...(await read()).unsupported], [['shipments', 2]])
})
