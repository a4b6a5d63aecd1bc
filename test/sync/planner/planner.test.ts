import t, { type Test } from 'tap'
import { sql } from '../../../db/index.ts'
import { createEntities, type Entity } from '../../../src/entities/index.ts'
import { enqueue } from '../../../src/queue/index.ts'
import { systemClock } from '../../../src/runtime/index.ts'
import { backfill, createPlanner } from '../../../src/sync/index.ts'
import type { PlannerDeps } from '../../../src/sync/planner/index.ts'
import { type Bench, bench, createPapers, fillPapers, papers } from '../setup.ts'

const changed: Partial<Entity> = { details: { when: 'changed', age: 'date' } }
const every = (everySeconds: number, mode: 'full' | 'incremental' | 'sweep' | 'verify') => ({
  name: `papers.${mode}`,
  entityType: mode === 'verify' ? null : 'papers',
  mode,
  everySeconds,
})

async function seed(t: Test, entity = papers(changed), tasks: Awaited<ReturnType<PlannerDeps['tasks']>> = []) {
  const world = await bench(t, entity, {
    settles: false,
    simulator: { limits: { inventoryPerDay: 5000, perMinute: 1_000_000 } },
  })
  await createPapers(world.db)
  const planner = () =>
    createPlanner({
      db: world.db,
      entities: createEntities([entity]),
      zoho: world.zoho,
      clock: systemClock,
      tasks: async () => tasks,
    })
  return { ...world, planner }
}

const mark = ({ db }: Bench, ids: readonly string[]) =>
  db.transaction().execute((tx) =>
    enqueue(
      tx,
      ids.map((id) => ({ entityType: 'papers', sourceEntityId: id, lane: 'read', priority: 7 })),
    ),
  )

t.test('what waits is read from the rows: due, alive, not queued, not given up', async (t) => {
  const world = await seed(t)
  await fillPapers(world.db, 50)
  await sql`update papers set detail_due = false where zoho_item_id = '1050'`.execute(world.db)
  await sql`update papers set deleted_at = now() where zoho_item_id = '1001'`.execute(world.db)
  await sql`insert into tds_dead_letter_queue (entity_type, source_entity_id, error_code, error_message) values ('papers', '1049', 'X', 'x')`.execute(
    world.db,
  )
  await mark(world, ['1048', '1047'])
  const { entities, products } = await world.planner().plan()
  t.match(entities, [
    {
      entity: 'papers',
      product: 'inventory',
      pending: 47,
      queued: 2,
      oldest: '2025-08-14',
      newest: '2025-09-29',
      allowed_now: 45,
    },
  ])
  t.match(products.inventory, { reserve: Math.floor(products.inventory.day_limit / 5) })
  t.equal(await world.planner().allowance('papers'), 45)
  t.equal(await world.planner().allowance('others'), 0)
})

t.test('a plan needs no memory: another process makes the same one', async (t) => {
  const world = await seed(t)
  await fillPapers(world.db, 300)
  const before = await world.planner().plan()
  t.strictSame(await world.planner().plan(), before)
  await sql`update papers set detail_due = false where date > '2025-08-01'`.execute(world.db)
  const [after] = (await world.planner().plan()).entities
  t.ok((after?.pending ?? 300) < 300 && after?.newest === '2025-08-01', 'and what is read by then is out of it')
})

t.test('the reserve is a row of the configuration; an unreadable one leaves the default', async (t) => {
  const world = await seed(t)
  const reserve = async () => {
    const { products } = await world.planner().plan()
    return products.inventory.reserve / products.inventory.day_limit
  }
  await sql`insert into tds_configuration (key, value) values ('planner', '{"reserve_percent": 50}')`.execute(world.db)
  t.equal(await reserve(), 0.5)
  await sql`update tds_configuration set value = '{"reserve_percent": "all"}'`.execute(world.db)
  t.equal(await reserve(), 0.2)
})

t.test('tasks cost what their lists need, and what their last runs took where there were some', async (t) => {
  const { list } = papers()
  const entity = papers({
    ...changed,
    ...(list && { list: { ...list, modifiedSince: { parameter: 'last_modified_time' } } }),
  })
  const tasks = [every(86_400, 'full'), every(600, 'incremental'), every(900, 'sweep'), every(86_400, 'verify')]
  const world = await seed(t, entity, tasks)
  await fillPapers(world.db, 450)
  const calls = async () => (await world.planner().plan()).timetable.map((each) => each.calls)
  t.strictSame(await calls(), [3, 1, 3, 23], 'a verify reads the list and twenty records')
  await sql`insert into tds_filter_tests (entity_type, parameter, honoured, detail) values ('papers', 'last_modified_time', false, '')`.execute(
    world.db,
  )
  t.strictSame(await calls(), [3, 3, 3, 23], 'without its filter every page is read')
  await sql`insert into tds_sync_runs (entity_type, mode, status, calls, listed) select 'papers', 'incremental', 'settled', 2, 5 from generate_series(1, 3)`.execute(
    world.db,
  )
  t.strictSame(await calls(), [3, 2, 3, 23])
})

t.test('a day too small stretches the tasks it names', async (t) => {
  const world = await seed(t, papers(changed), [every(600, 'incremental'), every(86_400, 'full')])
  await fillPapers(world.db, 450)
  await sql`update tds_zoho_budget set day_limit = 200`.execute(world.db)
  const stretches = await world.planner().stretches()
  t.ok((stretches.get('papers.incremental') ?? 1) > 2, String(stretches.get('papers.incremental')))
  t.equal(stretches.get('papers.full'), 1)
})

t.test(
  'a backfill round reads what the plan allows of each entity, and nothing where the day is used up',
  async (t) => {
    const world = await seed(t)
    await fillPapers(world.db, 150)
    const deps = { sync: world.sync, planner: world.planner() }
    const options = { trigger: 'test', signal: AbortSignal.timeout(20_000) }
    await sql`update tds_zoho_budget set day_limit = 5000, day_used = 4100, day_remaining = 900`.execute(world.db)
    t.strictSame(await backfill(deps, options), [], 'a fifth of the day is left to live work')
    t.strictSame(await backfill(deps, { ...options, names: ['others'] }), [])
    await sql`update tds_zoho_budget set day_used = 3960, day_remaining = 1040`.execute(world.db)
    const stop = new AbortController()
    const runs = backfill(deps, {
      ...options,
      signal: stop.signal,
      onProgress: ({ status }) => status === 'read' && stop.abort(),
    })
    t.match(await runs, [{ entity_type: 'papers', mode: 'backfill', details: 40, details_limit: 40 }])
  },
)
