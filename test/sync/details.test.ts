import t from 'tap'
import { sql } from '../../db/index.ts'
import type { Entity } from '../../src/entities/index.ts'
import { enqueue } from '../../src/queue/index.ts'
import { until } from '../helpers/service.ts'
import { type Bench, bench, createPapers, fillPapers, known, papers } from './setup.ts'

const changed: Partial<Entity> = { details: { when: 'changed', age: 'date' } }
const since = new Date('2025-07-01T00:00:00Z')

/** Ids of the hints a run enqueued, in the order in which it did. */
const hints = async ({ db }: Bench, runId: number) =>
  (
    await sql<{ id: string }>`
      select source_entity_id as id from tds_sync_queue q where run_id = ${runId} and document_id is null and lane = 'read' order by q.id`.execute(
      db,
    )
  ).rows.map(({ id }) => id)

/** Papers of 120 days back from 1 October, of which 93 are as young as 1 July. */
async function withPapers(...args: Parameters<typeof bench>): Promise<Bench> {
  const world = await bench(...args)
  await createPapers(world.db)
  await fillPapers(world.db, 120)
  return world
}

/** The list shows nothing, so that only the other steps of a run enqueue. */
function emptyList({ simulator }: Bench): void {
  const page_context = { page: 1, per_page: 200, has_more_page: false, sort_column: 'created_time', sort_order: 'A' }
  const body = JSON.stringify({ code: 0, message: 'success', items: [], page_context })
  simulator.control.faults.set({
    kind: 'reply',
    purpose: 'items list',
    status: 200,
    body,
    contentType: 'application/json',
  })
}

t.test(
  'after the list a full run reads the documents of the young, newest first; a record without a day is young',
  async (t) => {
    const world = await withPapers(
      t,
      papers({ ...changed, joins: { entity: 'papers', readAtColumn: 'x', documentColumn: 'y' } }),
      { settles: false },
    )
    emptyList(world)
    await sql`update papers set detail_due = false where zoho_item_id in ('1120', '1118')`.execute(world.db)
    await sql`update papers set date = null where zoho_item_id = '1001'`.execute(world.db)
    await sql`update papers set deleted_at = now() where zoho_item_id = '1117'`.execute(world.db)
    const run = await world.sync.run(
      { entityType: 'papers', mode: 'full', trigger: 'test', since },
      { signal: AbortSignal.timeout(20_000), settleWithinMs: 0 },
    )
    t.match(run, { status: 'read', phase: 'details', listed: 0, details: 91, fetched: 91, since })
    const asked = await world.asked()
    t.strictSame(asked.toSorted().slice(0, 3), ['1001', '1028', '1029'])
    t.notOk(asked.some((id) => ['1120', '1118', '1117', '1027'].includes(id)))
    t.match((await sql`select distinct priority, is_bulk, lane from tds_sync_queue`.execute(world.db)).rows, [
      { priority: 5, is_bulk: true, lane: 'read' },
    ])
  },
)

t.test('a joined source asks for no deletions, its owner does', async (t) => {
  const owner = await withPapers(t, papers(changed))
  emptyList(owner)
  t.match(await owner.run('full', { since: new Date('2030-01-01'), acceptMassChange: true }), {
    fetched: 120,
    details: 0,
  })
  const joined = await withPapers(t, papers({ joins: { entity: 'papers', readAtColumn: 'x', documentColumn: 'y' } }))
  emptyList(joined)
  t.match(await joined.run('full'), { status: 'settled', fetched: 0, details: 0 })
})

t.test('what a list page is still writing is waited for before the rows are asked what is due', async (t) => {
  const world = await bench(t, papers(changed), { settles: false, simulator: { items: 30 } })
  await createPapers(world.db)
  const stop = new AbortController()
  const run = world.sync.run({ entityType: 'papers', mode: 'full', trigger: 'test', since }, { signal: stop.signal })
  await until(world.db, 'the run is there', sql`select count(*) = 30 from tds_sync_queue_live`)
  const [id = ''] = world.simulator.control.records.ids('items')
  await sql`insert into papers (zoho_item_id, date) values (${id}, '2025-09-01')`.execute(world.db)
  t.match((await sql`select phase, details from tds_sync_runs`.execute(world.db)).rows, [{ phase: 'list', details: 0 }])
  await sql`delete from tds_sync_queue_live`.execute(world.db)
  await sql`update tds_sync_runs set written = fetched`.execute(world.db)
  await until(world.db, 'the run is there', sql`select count(*) = 1 from tds_sync_queue_live where lane = 'read'`)
  stop.abort()
  t.match(await run, { details: 1 })
})

t.test('what is read always is read in a full run and by a sweep, all of it', async (t) => {
  const all: Partial<Entity> = { details: { when: 'always' }, sweep: 'details' }
  const world = await withPapers(t, papers(all))
  await sql`update papers set detail_due = false`.execute(world.db)
  t.match(await world.run('sweep'), { status: 'settled', fetched: 120, details: 120, calls: 0 })
  emptyList(world)
  t.match(await world.run('full', { acceptMassChange: true, limit: 5 }), { details: 120 })
})

t.test('a backfill asks for what is due whatever its age, newest first, up to its limit, and yields', async (t) => {
  const world = await withPapers(t, papers(changed))
  await sql`update papers set date = null where zoho_item_id = '1120'`.execute(world.db)
  const run = await world.run('backfill', { limit: 110 })
  t.match(run, { status: 'settled', fetched: 110, details: 110, calls: 0 })
  const asked = await world.asked()
  t.equal(asked.length, 110)
  t.strictSame(asked.slice(0, 100).toSorted().slice(0, 2), ['1020', '1021'], 'the first slice holds the newest hundred')
  t.notOk(asked.includes('1120'), 'no day counts as the oldest')
  t.match((await sql`select distinct priority, is_bulk from tds_sync_queue`.execute(world.db)).rows, [
    { priority: 7, is_bulk: true },
  ])
  t.strictSame(
    (await sql`select modified_since, last_complete_at from tds_sync_cursors`.execute(world.db)).rows,
    [],
    'it completes nothing',
  )
})

t.test('a record that was looked for in vain is not asked for again on the same day', async (t) => {
  const world = await withPapers(t, papers(changed))
  await sql`insert into tds_sync_queue (entity_type, source_entity_id, status, outcome, finished_at) values
    ('papers', '1120', 'completed', 'skipped', now()), ('papers', '1119', 'completed', 'skipped', now() - interval '2 days'),
    ('papers', '1118', 'completed', 'written', now())`.execute(world.db)
  const run = await world.run('backfill', { limit: 2 })
  t.match(run, { details: 2 })
  t.strictSame((await world.asked()).slice(-2).toSorted(), ['1118', '1119'])
})

t.test('neither what the queue holds nor an open dead letter is fed again', async (t) => {
  const world = await withPapers(t, papers(changed), { settles: false })
  await sql`insert into tds_dead_letter_queue (entity_type, source_entity_id, error_code, error_message, resolved)
    values ('papers', '1120', 'X', 'x', false), ('papers', '1119', 'X', 'x', true), ('others', '1118', 'X', 'x', false)`.execute(
    world.db,
  )
  await world.db
    .transaction()
    .execute((tx) => enqueue(tx, [{ entityType: 'papers', sourceEntityId: '1117', lane: 'read', priority: 7 }]))
  const run = await world.sync.run(
    { entityType: 'papers', mode: 'backfill', trigger: 'test', limit: 3 },
    { signal: AbortSignal.timeout(20_000), settleWithinMs: 0 },
  )
  t.strictSame(await hints(world, run.id), ['1116', '1118', '1119'])
})

t.test(
  'a backfill that was cut off goes on where it stopped, under its own limit, and asks for nothing twice',
  async (t) => {
    const world = await bench(t, papers(changed), { settles: false })
    await createPapers(world.db)
    await fillPapers(world.db, 600)
    const stop = new AbortController()
    const cut = world.sync.run(
      { entityType: 'papers', mode: 'backfill', trigger: 'test', limit: 250 },
      { signal: stop.signal },
    )
    await until(world.db, 'the run is there', sql`select details = 200 from tds_sync_runs`)
    stop.abort()
    const left = await cut
    t.match(left, { status: 'running', details: 200, phase: 'details' })
    await sql`delete from tds_sync_queue_live`.execute(world.db)
    await sql`update tds_sync_runs set written = fetched`.execute(world.db)
    const signal = AbortSignal.timeout(20_000)
    const next = await world
      .process()
      .run({ entityType: 'papers', mode: 'backfill', trigger: 'test' }, { signal, settleWithinMs: 0 })
    t.match(next, { id: left.id, details: 250, status: 'read' })
    t.strictSame(
      (await world.asked()).toSorted().slice(-2),
      ['1399', '1400'],
      'the fifty that follow the first two hundred',
    )
  },
)

t.test('a paced run reads as many documents as the planner grants, asked when it gets there', async (t) => {
  let granted = 0
  const world = await withPapers(t, papers(changed), { allowance: async () => granted })
  emptyList(world)
  const request = { since, paced: true, acceptMassChange: true }
  t.match(await world.run('full', request), { status: 'settled', details: 0 })
  granted = 7
  t.match(await world.run('full', request), { status: 'settled', details: 7 })
  t.match(await world.run('backfill', { ...request, limit: 3 }), { details: 3 })
})

t.test('six months are young unless somebody says otherwise; other modes know no age', async (t) => {
  const world = await withPapers(t, papers(changed))
  emptyList(world)
  await known(world.db, 'papers', '2025-09-30T00:00:00Z')
  await sql`update papers set date = current_date - 120 where zoho_item_id = '1001'`.execute(world.db)
  await sql`update papers set date = current_date - 250 where zoho_item_id <> '1001'`.execute(world.db)
  t.match(await world.run('full', { acceptMassChange: true }), { details: 1 })
  t.match(await world.run('incremental'), { since: null, details: 0 })
})
