import { randomUUID } from 'node:crypto'
import t from 'tap'
import { schemaDifferences, sql } from '../../db/index.ts'
import { moves } from '../../src/queue/states.ts'
import { testDatabase } from '../helpers/database.ts'
import { startService, until } from '../helpers/service.ts'
import { ask, eventually, openAlerts, type Row, rowOf, rowsOf, tell } from './setup.ts'

const service = await startService(t, {
  simulator: { items: 12 },
  // Nobody listens there: every notice fails.
  env: { TDS_ALERT_SLACK_URL: 'http://127.0.0.1:9/hook' },
})
const { db, simulator, sync, ctx } = service
const { records } = simulator.control
const ids = records.ids('items')
const [list = '', exhausted = ''] = records.ids('pricebooks')
const [hung = ''] = records.ids('contacts', ({ fields }) => fields.contact_type === 'customer')
const [poison = ''] = ids
/** The session of a process that lives and does nothing. */
const hanging = await ctx.database.pool.connect()
t.teardown(() => hanging.release(true))

const health = async () =>
  (await ask(service, '/api/tds/health')).json as { status: string; reasons: readonly (Row & { code: string })[] }
const reasonOf = (code: string, found: Awaited<ReturnType<typeof health>>) =>
  found.reasons.find((reason) => reason.code === code)
const hold = (entityType: string, id: string, { owner = randomUUID(), attempts = 1 } = {}) =>
  sql`
  insert into tds_sync_queue (entity_type, source_entity_id, status, attempts, claimed_version, lease_owner, lease_until, claimed_at)
  values (${entityType}, ${id}, 'processing', ${attempts}, 1, ${owner}, now() + interval '1 hour', now() - interval '3 hours')`.execute(
    db,
  )
const json = { 'content-type': 'application/json' }
const letters = (id: string) => rowOf(db, sql`select * from tds_dead_letter_queue where source_entity_id = ${id}`)

t.before(async () => {
  for (const name of ['warehouses', 'categories', 'products']) await sync('full', name)
  // As a process leaves them that was killed three hours ago: two price lists in work, and the run they belong to.
  await hold('pricing_lists', list)
  await hold('pricing_lists', exhausted, { attempts: 6 })
  await sql`
    insert into tds_sync_runs (entity_type, mode, status, owner, lease_until, started_at)
    values ('pricing_lists', 'full', 'running', ${randomUUID()}, now() - interval '3 hours', now() - interval '3 hours')`.execute(
    db,
  )
})

t.test('I22: work that hangs is unhealthy, though the process that holds it lives', async (t) => {
  const owner = randomUUID()
  await hanging.query('select pg_advisory_lock(hashtextextended($1::text, 7))', [owner])
  await hold('customers', hung, { owner })
  const found = await eventually(db, 'it is seen', health, (each) => reasonOf('stuck', each) !== undefined)
  t.match(found, { status: 'unhealthy' })
  t.match(reasonOf('stuck', found), { severity: 'unhealthy', words: /3 h/, runbook: String })
  // What a lease of a minute is after a minute without a heartbeat.
  await sql`update tds_sync_queue_live set lease_until = now() - interval '1 second' where lease_owner = ${owner}`.execute(
    db,
  )
})

t.test('I2: a run that got nothing is no success, and an entity without a success is told', async (t) => {
  simulator.control.faults.set({ kind: 'missing-list-key', purpose: 'items list' })
  t.match(await sync('full', 'products'), { status: 'incomplete', fetched: 0, error_code: String })
  simulator.control.faults.clear()
  await sql`update tds_sync_runs set settled_at = settled_at - interval '90 minutes' where settled_at is not null`.execute(
    db,
  )
  const late = async () => (await openAlerts(service)).get('sync-delay:products')
  const alert = await eventually(db, 'it is told', late, (each) => each !== undefined)
  t.match(alert, { severity: 'warning', title: 'The sync of products is late' })
})

t.test('I22: a sync that silently stopped is told, and all is well when it goes on', async (t) => {
  const body = JSON.stringify({ value: 0, reason: 'a test does not wait' })
  const path = '/api/tds/alerts/thresholds/calm_seconds'
  t.match(await ask(service, path, { method: 'PUT', body, headers: json }), { status: 200 })
  await sql`update tds_sync_runs set settled_at = settled_at - interval '3 hours' where settled_at is not null`.execute(
    db,
  )
  await eventually(db, 'health says it', health, (each) => reasonOf('sync_overdue', each)?.severity === 'unhealthy')
  t.match((await openAlerts(service)).get('sync-stopped'), { severity: 'critical', title: 'Nothing was synced' })
  await sync('incremental', 'products')
  await eventually(db, 'health is content', health, (each) => reasonOf('sync_overdue', each) === undefined)
  t.notOk((await openAlerts(service)).has('sync-stopped'))
})

t.test('I23: who is told, and whoever listens, cannot break the sync', async (t) => {
  ctx.workers.onSettled(() => {
    throw new Error('a listener that fails')
  })
  const failed = async () =>
    rowsOf(db, sql`select error, status from tds_alert_deliveries where attempt > 0 and status <> 'sent'`)
  await eventually(db, 'a notice failed', failed, (found) => found.length > 0)
  t.match(await failed(), [{ error: String, status: 'pending' }], 'and is kept, to be sent later')
  const [, third = '', fourth = ''] = ids
  records.change('items', third, { name: 'Synced all the same' })
  t.match(await sync('incremental', 'products'), { status: 'settled', failed: 0 })
  records.change('items', fourth, { name: 'Told all the same' })
  await tell(service, 'items', JSON.stringify({ item: { item_id: fourth } }))
  await until(
    db,
    'both are here',
    sql`select count(*) = 2 from products where name in ('Synced all the same', 'Told all the same')`,
  )
})

t.test('I6: every state the code knows is one the table takes, no other is, and a start checks it', async (t) => {
  const states = [...new Set(Object.values(moves).flatMap(({ from, to }) => [...from, to]))]
  for (const state of states) {
    const entry = sql`insert into tds_sync_queue (entity_type, source_entity_id, status, next_retry_at, run_at)
      values ('products', ${state}, ${state}, now(), now() + interval '1 day')`
    await t.resolves(entry.execute(db), state)
  }
  await t.rejects(sql`update tds_sync_queue set status = 'PENDING' where source_entity_id = 'pending'`.execute(db))
  await sql`delete from tds_sync_queue where source_entity_id = any (${states})`.execute(db)
  t.same(
    await rowsOf(
      db,
      sql`select typname from pg_type where typtype = 'e' and typnamespace = current_schema()::regnamespace`,
    ),
    [],
  )
  const other = await testDatabase(t)
  await sql`alter table tds_inbox_events drop constraint tds_inbox_events_status_check`.execute(other.db)
  await sql`alter table tds_inbox_events add constraint tds_inbox_events_status_check
    check (status in ('RECEIVED', 'PROMOTED', 'DUPLICATE', 'PARKED')) not valid`.execute(other.db)
  t.match((await schemaDifferences(other.db)).join(), /status of table tds_inbox_events/)
})

t.test('I4: what a dead process had in hand goes on, and what kills every process becomes a dead letter', async (t) => {
  await until(db, 'the list was read', sql`select exists (select from pricing_lists where zoho_pricebook_id = ${list})`)
  t.match(await letters(exhausted), { error_code: 'LEASE_EXHAUSTED', attempts: 6 })
  const { rows } =
    await sql<Row>`select from tds_sync_queue_live where status = 'processing' and claimed_at < now() - interval '1 hour'`.execute(
      db,
    )
  t.same(rows, [])
})

t.test('I4: a run that a dead process left running is gone on with', async (t) => {
  const run = await sync('full', 'pricing_lists')
  t.match(run, { status: 'settled' })
  t.match(
    await rowsOf(db, sql`select status from tds_sync_runs where entity_type = 'pricing_lists' and mode = 'full'`),
    [{ status: 'settled' }],
  )
})

t.test('I22: what hung is done by another, without anybody', async (t) => {
  await until(db, 'it was taken from it', sql`select exists (select from customers where zoho_contact_id = ${hung})`)
  t.match(await rowsOf(db, sql`select outcome from tds_sync_queue where source_entity_id = ${hung}`), [
    { outcome: 'written' },
  ])
})

t.test('I18: the first dead letter is told, with all that is known of it, and can be tried again', async (t) => {
  const post = (path: string, body: object) =>
    ask(service, path, { method: 'POST', body: JSON.stringify(body), headers: json })
  const told = async () => (await openAlerts(service)).get('dead-letters')
  await post(`/api/tds/dlq/${(await letters(exhausted)).id}/resolve`, { note: 'of the test before' })
  await eventually(db, 'none is open', told, (alert) => alert === undefined)
  await sql`alter table products add constraint no_poison check (name <> 'poison')`.execute(db)
  records.change('items', poison, { name: 'poison' })
  await tell(service, 'items', JSON.stringify({ item: { item_id: poison } }))
  await until(
    db,
    'it is a dead letter',
    sql`select exists (select from tds_dead_letter_queue where source_entity_id = ${poison})`,
  )
  const alert = await eventually(db, 'it is told', told, (each) => each !== undefined)
  t.match(alert, { severity: 'warning', message: /^1 item/ })
  const { id } = await letters(poison)
  t.match((await ask(service, `/api/tds/dlq/${id}`)).json, {
    error_code: '23514',
    error_message: /no_poison/,
    story: {
      events: [{ module: 'items', outcome: 'failed' }],
      queue: [{ status: 'dead_letter' }],
      attempts: [{ error_code: '23514', error_message: /no_poison/ }],
      row: { table: 'products', exists: true },
    },
  })
  await sql`alter table products drop constraint no_poison`.execute(db)
  t.match(await post(`/api/tds/dlq/${id}/requeue`, { reason: 'the constraint is gone' }), { status: 200 })
  await until(db, 'it is resolved', sql`select resolved from tds_dead_letter_queue where id = ${id}`)
  t.match(await rowOf(db, sql`select name from products where zoho_item_id = ${poison}`), { name: 'poison' })
})

t.test('I6: a process that is not there any more is missed', async (t) => {
  const silent = async () => {
    await sql`update tds_processes set seen_at = now() - interval '10 minutes'`.execute(db)
    return health()
  }
  const found = await eventually(db, 'nobody lives', silent, (each) => reasonOf('no_worker', each) !== undefined)
  t.match(reasonOf('no_worker', found), { check: 'workers' })
})
