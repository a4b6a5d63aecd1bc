import t, { type Test } from 'tap'
import { sql } from '../../db/index.ts'
import { type Service, type ServiceOptions, secrets, startService, until } from '../helpers/service.ts'

const bearer = { authorization: `Bearer ${secrets.admin}` }

/** The service and its HTTP side, as an operator with curl has it. */
async function seed(t: Test, options: ServiceOptions = {}) {
  const service = await startService(t, { simulator: { items: 450 }, ...options })
  const ask = async (method: string, path: string, body?: object) => {
    const reply = await fetch(`${service.url}/api/tds${path}`, {
      method,
      headers: { ...bearer, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: reply.status, body: JSON.parse(await reply.text()) }
  }
  const run = (id: number) => ask('GET', `/syncs/${id}`).then(({ body }) => body)
  return { ...service, ask, run }
}

const sumOf = (run: Record<string, number>) =>
  ['written', 'unchanged', 'stale', 'skipped', 'failed'].reduce((sum, name) => sum + (run[name] ?? 0), 0)

const callsOf = (simulator: Service['simulator']) => simulator.control.calls.report().total

async function countOf(db: Service['db']): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from products where deleted_at is null`.execute(db)
  return rows[0]?.n ?? 0
}

const hasStatus = (db: Service['db'], id: number, status: string) =>
  until(db, `run ${id} is ${status}`, sql`select status = ${status} from tds_sync_runs where id = ${id}`)

t.test('a sync is started, refused while one runs, listed and looked at', async (t) => {
  const { ask, run, db } = await seed(t)
  const cost = await ask('POST', '/syncs', { mode: 'full', entities: ['products'], dry_run: true })
  t.match([cost.status, cost.body], [200, { dry_run: true, entities: [{ entity: 'products' }] }])
  t.ok(cost.body.calls >= 1)
  t.equal((await ask('GET', '/syncs')).body.total, 0, 'a dry run starts nothing')

  const started = await ask('POST', '/syncs', { mode: 'full', entities: ['products', 'categories'], reason: 'first' })
  t.equal(started.status, 202)
  t.same(
    started.body.runs.map((each: { entity_type: string }) => each.entity_type),
    ['categories', 'products'],
    'parents first',
  )
  const [categories, products] = started.body.runs.map(({ id }: { id: number }) => id)
  const again = await ask('POST', '/syncs', { mode: 'full', entities: ['products'] })
  t.match([again.status, again.body.code], [409, 'SYNC_ALREADY_RUNNING'])
  t.match(again.body.detail, `run ${products}`)
  await hasStatus(db, products, 'settled')
  const seen = await run(products)
  t.match(seen, {
    fetched: 450,
    written: 450,
    unsettled: 0,
    requested_by: 'key bootstrap',
    reason: 'first',
    errors: [],
  })
  t.ok(seen.calls_used >= 3 && seen.seconds > 0 && seen.per_minute > 0)

  t.same(
    (await ask('GET', '/syncs?entity=products')).body.items.map(({ id }: { id: number }) => id),
    [products],
  )
  t.equal((await ask('GET', '/syncs?status=queued')).body.total, 0)
  const page = await ask('GET', '/syncs?limit=1')
  t.match(page.body, { total: 2, next: products, items: [{ id: products }] })
  t.match((await ask('GET', `/syncs?after=${page.body.next}`)).body, { next: null, items: [{ id: categories }] })
  t.equal((await ask('GET', `/syncs?to=2020-01-01T00:00:00Z`)).body.items.length, 0)
  t.match(await ask('GET', '/syncs/999'), { status: 404, body: { code: 'RUN_NOT_FOUND' } })
  t.match(await ask('POST', '/syncs', { mode: 'backfill', entities: ['products'] }), {
    body: { code: 'SYNC_MODE_UNKNOWN' },
  })
  const audit = await ask('GET', '/audit?action=sync.start')
  t.match(audit.body.items, [
    { actor: 'key bootstrap', reason: 'first', affected: 2, after: { runs: [categories, products] } },
  ])
})

t.test('one run is paused between two pages, by name, and goes on where it stopped', async (t) => {
  const { ask, run, db, simulator, ctx } = await seed(t)
  const { faults } = simulator.control
  const hold = faults.set({ kind: 'hold', purpose: 'items list', query: 'page=1', times: 1 })
  const { body } = await ask('POST', '/syncs', { mode: 'full', entities: ['products'] })
  const id = body.runs[0].id
  await faults.waiting(hold, 1)
  const paused = await ask('POST', `/syncs/${id}/pause`, { reason: 'the plan is small' })
  t.match(paused.body, { target: `run:${id}`, paused_by: 'key bootstrap', reason: 'the plan is small' })
  faults.release(hold)
  await until(db, 'it is released', sql`select owner is null from tds_sync_runs where id = ${id}`)
  const held = await run(id)
  t.match(held, {
    status: 'running',
    fetched: 200,
    next_page: 2,
    paused: { reason: 'the plan is small' },
    seconds_left: null,
  })
  t.match(await ask('POST', '/syncs', { mode: 'full', entities: ['products'] }), {
    status: 409,
    body: { code: 'SYNC_PAUSED' },
  })
  t.equal((await ctx.sync.waiting()).length, 0, 'nobody takes it up')
  t.match(await ask('POST', `/syncs/${id}/resume`, { reason: 'go' }), { status: 200 })
  await hasStatus(db, id, 'settled')
  t.match(await run(id), { fetched: 450, calls: 3, paused: null })
  t.match(await ask('POST', `/syncs/${id}/resume`, { reason: 'go' }), { status: 409, body: { code: 'NOT_PAUSED' } })
  t.match(await ask('POST', `/syncs/${id}/pause`, { reason: 'late' }), {
    status: 409,
    body: { code: 'RUN_NOT_PAUSABLE' },
  })
})

t.test('all Zoho work is paused: no call is made, webhooks are kept, and it goes on by itself', async (t) => {
  const { ask, db, simulator, sync, url } = await seed(t, { simulator: { items: 60 } })
  await sync('full', 'products')
  t.match((await ask('POST', '/syncs/pause', { reason: 'Zoho is migrating' })).body, { target: 'zoho' })
  const calls = callsOf(simulator)
  t.match(await ask('POST', '/syncs', { mode: 'full', entities: ['customers'] }), { body: { code: 'SYNC_PAUSED' } })
  const { rows } = await sql<{ id: string }>`select zoho_item_id as id from products limit 1`.execute(db)
  const hook = await fetch(`${url}/api/tds/webhooks/products?key=${secrets.key}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ item: { item_id: rows[0]?.id } }),
  })
  t.equal(hook.status, 200)
  await until(db, 'it is queued', sql`select exists (select from tds_sync_queue_live where entity_type = 'products')`)
  t.match((await ask('GET', '/queue?entity=products')).body, {
    total: 1,
    items: [{ status: 'pending', lane: 'read', source_entity_id: rows[0]?.id }],
    pauses: [{ target: 'zoho' }],
  })
  t.match((await ask('GET', '/syncs/pauses')).body, { total: 1, items: [{ reason: 'Zoho is migrating' }] })
  t.equal(callsOf(simulator), calls, 'no call was made')
  await ask('POST', '/syncs/resume', { reason: 'over' })
  await until(db, 'it is read', sql`select not exists (select from tds_sync_queue_live where entity_type = 'products')`)
  t.ok(callsOf(simulator) > calls)
  t.match((await ask('GET', '/audit?action=zoho.resume')).body.items, [
    { before: { paused: true, paused_by: 'key bootstrap', reason: 'Zoho is migrating' }, after: { paused: false } },
  ])
})

t.test('a run is cancelled between pages: nothing is lost, and a new full run equals Zoho', async (t) => {
  const { ask, run, db, simulator, url } = await seed(t)
  const { faults } = simulator.control
  const hold = faults.set({ kind: 'hold', purpose: 'items list', query: 'page=2', times: 1 })
  await ask('POST', '/queue/pause', { reason: 'so that something waits' })
  const { body } = await ask('POST', '/syncs', { mode: 'full', entities: ['products'] })
  const id = body.runs[0].id
  await faults.waiting(hold, 1)
  await until(db, 'its first page waits', sql`select count(*) = 200 from tds_sync_queue_live where run_id = ${id}`)
  const { rows } = await sql<{ id: string }>`
    select source_entity_id as id from tds_sync_queue_live order by id limit 1`.execute(db)
  const shared = rows[0]?.id
  await fetch(`${url}/api/tds/webhooks/products?key=${secrets.key}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ item: { item_id: shared } }),
  })
  await until(
    db,
    'a webhook asked for one of them, too',
    sql`select requested_version > 1 from tds_sync_queue_live where source_entity_id = ${shared}`,
  )
  const cancelled = await ask('POST', `/syncs/${id}/cancel`, { reason: 'wrong entity' })
  t.match(cancelled, { status: 200, body: { run: { status: 'cancelled' }, dropped: 199, left: 1 } })
  const ended = await run(id)
  t.match(ended, {
    status: 'cancelled',
    error_code: 'RUN_CANCELLED',
    error_message: 'cancelled by key bootstrap: wrong entity',
  })
  t.same([ended.fetched, sumOf(ended), ended.unsettled, ended.skipped], [200, 200, 0, 200])
  t.match(await ask('POST', `/syncs/${id}/cancel`, { reason: 'again' }), { body: { dropped: 0, left: 0 } })
  t.match(
    (await ask('GET', '/cursors')).body.items.find((each: { entity_type: string }) => each.entity_type === 'products'),
    {
      modified_since: null,
      last_complete_at: null,
    },
  )
  faults.clear()
  await ask('POST', '/queue/resume', { reason: 'go' })
  await until(
    db,
    'what is left is done',
    sql`select not exists (select from tds_sync_queue_live where entity_type = 'products')`,
  )
  t.same(await countOf(db), 1, 'the webhook got its row')
  const documents = await sql`select from tds_sync_documents where source_entity_id <> ${shared}`.execute(db)
  t.equal(documents.rows.length, 0, 'what was dropped leaves nothing behind')
  const next = await ask('POST', '/syncs', { mode: 'full', entities: ['products'] })
  await hasStatus(db, next.body.runs[0].id, 'settled')
  t.equal(await countOf(db), 450)
  t.match(await ask('POST', `/syncs/${next.body.runs[0].id}/cancel`, { reason: 'late' }), {
    status: 409,
    body: { code: 'RUN_NOT_CANCELLABLE' },
  })
})

t.test('a run is cancelled in the middle of its documents, those in work are still written', async (t) => {
  const { ask, run, db, simulator } = await seed(t, { simulator: { items: 900 } })
  const { faults } = simulator.control
  const hold = faults.set({ kind: 'hold', path: '/books/v3/invoices/' })
  const { body } = await ask('POST', '/syncs', { mode: 'full', entities: ['invoices'], since: '2000-01-01T00:00:00Z' })
  const id = body.runs[0].id
  await faults.waiting(hold, 8)
  t.match(await run(id), { phase: 'details', status: 'running' })
  const { body: answer } = await ask('POST', `/syncs/${id}/cancel`, { reason: 'enough' })
  t.ok(answer.dropped > 0)
  faults.clear()
  await until(
    db,
    'those in work have ended',
    sql`select not exists (select from tds_sync_queue_live where run_id = ${id} or claimed_run_id = ${id})`,
  )
  const ended = await run(id)
  t.equal(ended.fetched, sumOf(ended))
  t.ok(ended.written >= 8)
  t.match(ended, { status: 'cancelled', skipped: answer.dropped })
  const next = await ask('POST', '/syncs', { mode: 'full', entities: ['invoices'], since: '2000-01-01T00:00:00Z' })
  await hasStatus(db, next.body.runs[0].id, 'settled')
  const { rows } = await sql<{ due: number }>`select count(*) as due from invoices where detail_due`.execute(db)
  t.equal(rows[0]?.due, 0, 'every document is here')
})
