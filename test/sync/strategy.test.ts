import t from 'tap'
import { sql } from '../../db/index.ts'
import type { ListView } from '../../src/entities/index.ts'
import { type Bench, bench, createPapers, known, papers } from './setup.ts'

const list = papers().list as ListView
/** Books ignores both the filter and the sort by modification, in silence. */
const { stableSort: _, ...deaf } = { ...list, product: 'books' as const }
const filter = { modifiedSince: { parameter: 'last_modified_time' } }
const fence = { fence: 'last_modified_time' }

/** The modification time of the n-th newest item. */
function modified({ simulator }: Bench, place: number): string {
  const { records } = simulator.control
  const times = records.ids('items').map((id) => records.get('items', id).modifiedMs)
  return new Date(times.toSorted((a, b) => b - a)[place] ?? 0).toISOString()
}

const verdicts = async ({ db }: Bench) =>
  (
    await sql<{
      parameter: string
      honoured: boolean
    }>`select parameter, honoured from tds_filter_tests order by 1`.execute(db)
  ).rows

const trust = ({ db }: Bench, parameter: string) =>
  sql`insert into tds_filter_tests (entity_type, parameter, honoured, detail) values ('papers', ${parameter}, true, 'a test')`.execute(
    db,
  )

t.test('a list that only sorts is read newest first, down to the page that reaches the known', async (t) => {
  const world = await bench(t, papers({ list: { ...list, ...fence } }), { simulator: { items: 450 } })
  await createPapers(world.db)
  await known(world.db, 'papers', modified(world, 100))
  const first = await world.run('incremental')
  t.match(first, { status: 'settled', strategy: 'fence', calls: 1, fetched: 200, listed: 200 })
  await sql`update tds_sync_cursors set modified_since = ${modified(world, 300)}::timestamptz`.execute(world.db)
  t.match(await world.run('incremental'), { strategy: 'fence', calls: 2, fetched: 400 })
  await sql`update tds_sync_cursors set modified_since = '2001-01-01'`.execute(world.db)
  t.match(await world.run('incremental'), { strategy: 'fence', calls: 3, fetched: 450 })
})

t.test('a filter is tested before it is first trusted, and once', async (t) => {
  const world = await bench(t, papers({ list: { ...list, ...filter } }))
  await createPapers(world.db)
  await known(world.db, 'papers', modified(world, 5))
  const { calls } = world.simulator.control
  calls.reset()
  t.match(await world.run('incremental'), { status: 'settled', strategy: 'filter', calls: 1 })
  t.equal(calls.report().byPurpose['items list'], 2)
  await world.run('incremental')
  t.equal(calls.report().byPurpose['items list'], 3)
  t.strictSame(await verdicts(world), [{ parameter: 'last_modified_time', honoured: true }])
  await sql`update tds_filter_tests set tested_at = tested_at - interval '8 days'`.execute(world.db)
  await world.run('incremental')
  t.equal(calls.report().byPurpose['items list'], 5, 'and again after a week')
})

t.test('the self-test tells a filter that is ignored, or refused, from one that works', async (t) => {
  const world = await bench(t, papers({ list: { ...list, ...filter } }))
  await createPapers(world.db)
  const signal = AbortSignal.timeout(10_000)
  t.match(await world.sync.testFilters(signal), [{ entity_type: 'papers', honoured: true }])
  const { faults, calls } = world.simulator.control
  faults.set({ kind: 'ignored-filters' })
  calls.reset()
  t.match(await world.sync.testFilters(signal), [{ honoured: false, detail: /5 row\(s\)/ }])
  t.equal(calls.report().total, 1)
  await known(world.db, 'papers', modified(world, 5))
  faults.clear()
  t.match(await world.run('incremental'), { strategy: 'list', fetched: 40 }, 'the verdict stands until the next test')
  const body = '{"code":2,"message":"Invalid value passed for last_modified_time"}'
  faults.set({ kind: 'reply', status: 400, body, contentType: 'application/json' })
  t.match(await world.sync.testFilters(signal), [{ honoured: false, detail: /Invalid value/ }])
  faults.clear()
  faults.set({ kind: 'json-code', status: 400, code: 6018 })
  await t.rejects(world.sync.testFilters(signal), { code: 'ZOHO_USER_DISABLED' }, 'any other failure is no verdict')
})

t.test('a filter that turns out to be ignored is remembered, and the same run reads the whole list', async (t) => {
  const world = await bench(t, papers({ list: { ...deaf, ...filter } }), { simulator: { items: 250 } })
  await createPapers(world.db)
  await known(world.db, 'papers', '2025-09-30T00:00:00Z')
  await trust(world, 'last_modified_time')
  t.match(await world.run('incremental'), { status: 'settled', strategy: 'list', fetched: 250, listed: 250 })
  t.strictSame(await verdicts(world), [{ parameter: 'last_modified_time', honoured: false }])
})

t.test('a sort that is not echoed ends the fence, not the run', async (t) => {
  const world = await bench(t, papers({ list: { ...deaf, ...fence } }))
  await createPapers(world.db)
  await known(world.db, 'papers', '2025-09-30T00:00:00Z')
  t.match(await world.run('incremental'), { status: 'settled', strategy: 'list', fetched: 40 })
  t.strictSame(await verdicts(world), [{ parameter: 'sort_column=last_modified_time', honoured: false }])
  const { calls } = world.simulator.control
  calls.reset()
  await world.run('incremental')
  t.equal(calls.report().total, 1, 'the next run does not try it again')
})

t.test(
  'a page that does not descend sends the run back to its first page, also for whoever takes it over',
  async (t) => {
    const world = await bench(t, papers({ list: { ...list, ...fence } }), { simulator: { items: 450 } })
    await createPapers(world.db)
    await known(world.db, 'papers', '2001-01-01T00:00:00Z')
    const { faults, records } = world.simulator.control
    const rows = ['2025-01-01T00:00:00+0300', '2025-02-01T00:00:00+0300'].map((last_modified_time, index) => ({
      item_id: String(records.ids('items')[index]),
      last_modified_time,
    }))
    const page_context = {
      page: 2,
      per_page: 200,
      has_more_page: true,
      sort_column: 'last_modified_time',
      sort_order: 'D',
    }
    const body = JSON.stringify({ code: 0, message: 'success', items: rows, page_context })
    faults.set({ kind: 'reply', query: 'page=2', times: 1, status: 200, body, contentType: 'application/json' })
    const hold = faults.set({ kind: 'hold', query: 'page=1', after: 1, times: 1 })
    const stop = new AbortController()
    const first = world.sync.run(
      { entityType: 'papers', mode: 'incremental', trigger: 'test' },
      { signal: stop.signal },
    )
    await faults.waiting(hold, 1)
    stop.abort()
    const left = await first
    t.match(left, { status: 'running', strategy: null, next_page: 1 })
    faults.clear()
    const next = await world
      .process()
      .run({ entityType: 'papers', mode: 'incremental', trigger: 'test' }, { signal: AbortSignal.timeout(20_000) })
    t.match(next, { id: left.id, status: 'settled', strategy: 'list', listed: 450 })
  },
)

t.test('a full run does without an order that Zoho does not keep', async (t) => {
  const world = await bench(t, papers({ list: { ...list, product: 'books' } }))
  await createPapers(world.db)
  t.match(await world.run('full'), { status: 'settled', strategy: 'list', fetched: 40 })
  t.strictSame(await verdicts(world), [{ parameter: 'sort_column=created_time', honoured: false }])
})

t.test(
  'the first incremental run of all is bulk, later ones are live, and what a sweep finds is as well',
  async (t) => {
    const world = await bench(t, papers({ sweep: 'list' }))
    await createPapers(world.db)
    const paces = async () =>
      (
        await sql`select distinct priority, is_bulk from tds_sync_queue q
        where id > (select coalesce(max(detail::bigint), 0) from tds_filter_tests where entity_type = 'mark')`.execute(
          world.db,
        )
      ).rows
    const mark = () =>
      sql`insert into tds_filter_tests (entity_type, parameter, honoured, detail)
      select 'mark', count(*)::text, true, max(id)::text from tds_sync_queue`.execute(world.db)
    await world.run('incremental')
    t.strictSame(await paces(), [{ priority: 5, is_bulk: true }])
    await mark()
    await world.run('incremental')
    t.strictSame(await paces(), [{ priority: 3, is_bulk: false }])
    await mark()
    await world.run('sweep')
    t.strictSame(await paces(), [{ priority: 2, is_bulk: false }])
  },
)

t.test(
  'an edit that became visible after the last run had looked is found by the next one, five minutes back',
  async (t) => {
    const world = await bench(t, papers({ list: { ...list, ...filter } }))
    await createPapers(world.db)
    await trust(world, 'last_modified_time')
    const seen = (afterMs: number) => new Date(Date.parse(modified(world, 0)) + afterMs).toISOString()
    await known(world.db, 'papers', seen(290_000))
    const overlapping = await world.run('incremental')
    t.equal(overlapping.strategy, 'filter')
    t.ok(overlapping.fetched >= 1, 'the newest edit is within the overlap')
    await sql`update tds_sync_cursors set modified_since = ${seen(310_000)}::timestamptz`.execute(world.db)
    t.match(
      await world.run('incremental'),
      { strategy: 'filter', fetched: 0 },
      'and further back nothing is read again',
    )
  },
)
