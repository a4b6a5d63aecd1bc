import t from 'tap'
import { sql } from '../../db/index.ts'
import { type Service, secrets, startService, until } from '../helpers/service.ts'

const names = ['warehouses', 'categories', 'products']
const headers = { authorization: `Bearer ${secrets.admin}` }
const url = '/api/tds/verify'

let service: Service

t.before(async () => {
  service = await startService(t, { simulator: { items: 30 } })
  await service.syncAll()
  await service.quiet()
})

const get = async (path = '', query: Record<string, string> = {}) =>
  (await service.app.inject({ url: `${url}${path}`, query, headers })).json()

const post = (path: string, body?: object) =>
  service.app.inject({ method: 'POST', url: `${url}${path}`, headers, ...(body && { body }) })

const ended = (id: string) =>
  until(
    service.db,
    'the comparison has ended',
    sql`select state <> 'running' from tds_verify_runs where id = ${id}::uuid`,
  )

/** A comparison to its end. @returns its id */
async function compare(body: object = { entities: names }): Promise<string> {
  const reply = await post('', body)
  t.equal(reply.statusCode, 202)
  const { id } = reply.json()
  await ended(id)
  return id
}

/** Makes a number of products differ from Zoho. @returns their ids */
async function plant(count: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update products set name = 'wrong' where zoho_item_id in (select zoho_item_id from products order by zoho_item_id limit ${count})
    returning zoho_item_id as id`.execute(service.db)
  return rows.map(({ id }) => id).toSorted()
}

const queued = async () =>
  (
    await sql<{ id: string }>`
      select source_entity_id as id from tds_sync_queue
      where entity_type = 'products' and created_at >= ${startedAt} order by 1`.execute(service.db)
  ).rows.map(({ id }) => id)

let startedAt = new Date(0)
const markTime = async () => {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(service.db)
  startedAt = rows[0]?.now ?? startedAt
}

t.test('a comparison answers at once, runs in the background, and its report is kept', async (t) => {
  const reply = await post('', { entities: names, sample: 3, reason: 'after the move' })
  t.equal(reply.statusCode, 202)
  const { id } = reply.json()
  t.equal(reply.headers.location, `${url}/${id}`)
  t.match(reply.json(), {
    state: 'running',
    trigger: 'api',
    actor: 'key bootstrap',
    entities: names,
    sample: 3,
    ok: null,
  })
  await ended(id)
  const run = await get(`/${id}`)
  t.match(run, { state: 'done', ok: true, differences: 0, finished_at: String, progress: null, error_code: null })
  t.ok(run.calls > 0)
  t.same(
    run.report.map((each: { entity: string }) => each.entity),
    names,
  )
  t.match(await get(`/${id}`, { entity: 'products' }), { report: [{ entity: 'products', source: 30, here: 30 }] })
  t.match(await get('/latest'), { id })
  const { rows } = await sql`select actor, reason from tds_audit_trail where action = 'verify.start'`.execute(
    service.db,
  )
  t.same(rows, [{ actor: 'key bootstrap', reason: 'after the move' }])
})

t.test('the report is a page for a browser', async (t) => {
  const { id } = await get('/latest')
  const asked = await service.app.inject({
    url: `${url}/${id}`,
    headers: { ...headers, accept: 'text/html,*/*;q=0.8' },
  })
  t.match(asked.headers['content-type'], 'text/html')
  t.match(asked.body, /<!doctype html>[\s\S]+Nothing differs/)
  t.match(asked.headers['content-security-policy'], "default-src 'none'")
  t.match((await service.app.inject({ url: `${url}/${id}?format=html`, headers })).body, '<!doctype html>')
  const json = await service.app.inject({
    url: `${url}/${id}?format=json`,
    headers: { ...headers, accept: 'text/html' },
  })
  t.equal(json.json().id, id)
})

t.test('the history is filtered by entity and state, and read page by page', async (t) => {
  const only = await compare({ entities: ['warehouses'] })
  t.match(await get('', { limit: '1' }), { items: [{ id: only }], total: 2 })
  const page = await get('', { limit: '1' })
  t.match(await get('', { limit: '1', after: page.next }), { items: { length: 1 }, next: null })
  t.match(await get('', { entity: 'products' }), { total: 1 })
  t.match(await get('', { entity: 'warehouses', state: 'done' }), { total: 2 })
  t.match(await get('', { state: 'failed' }), { items: [], total: 0, next: null })
  t.equal((await get('/latest', { entity: 'warehouses' })).id, only)
  const none = await service.app.inject({ url: `${url}/latest?entity=invoices`, headers })
  t.same([none.statusCode, none.json().code], [404, 'VERIFY_NOT_FOUND'])
  const unknown = await post('', { entities: ['nonsense'] })
  t.equal(unknown.json().code, 'ENTITY_UNKNOWN')
})

t.test('one runs at a time; its progress is seen, and it is cancelled within seconds', async (t) => {
  const { faults } = service.simulator.control
  faults.set({ kind: 'hold', path: '/inventory/v1/items' })
  t.teardown(() => faults.clear())
  const { id } = (await post('', { entities: names })).json()
  const second = await post('', { entities: names })
  t.same([second.statusCode, second.json().code], [409, 'VERIFY_RUNNING'])
  t.match(second.json().detail, id)
  await until(
    service.db,
    'progress is written',
    sql`select progress is not null from tds_verify_runs where id = ${id}::uuid`,
  )
  t.match(await get(`/${id}`), { state: 'running', progress: { entity: String, done: Number } })
  const early = await post(`/${id}/repair`, { dry_run: true })
  t.same([early.statusCode, early.json().code], [409, 'VERIFY_NOT_ENDED'])
  const cancelled = await post(`/${id}/cancel`, { reason: 'not now' })
  t.match(cancelled.json(), { state: 'cancelled', ok: null, error_code: null, finished_at: String })
  const again = await post(`/${id}/cancel`, { reason: 'not now' })
  t.same([again.statusCode, again.json().code], [409, 'VERIFY_NOT_RUNNING'])
  faults.clear()
  t.match(await get(`/${await compare()}`), { state: 'done', ok: true }, 'the next one may run')
})

t.test('an entity that Zoho refuses is told, and nothing is proven of it', async (t) => {
  const { faults } = service.simulator.control
  faults.set({ kind: 'json-code', path: '/inventory/v1/items', status: 400, code: 2, message: 'Invalid value' })
  t.teardown(() => faults.clear())
  const id = await compare({ entities: ['products'] })
  faults.clear()
  t.match(await get(`/${id}`), { state: 'done', ok: false, report: [{ unread: { code: 'ZOHO_BAD_REQUEST' } }] })
})

t.test('a repair is previewed, confirmed and done exactly once', async (t) => {
  const ids = await plant(5)
  const id = await compare()
  t.match(await get(`/${id}`), { state: 'done', ok: false, differences: 5 })
  await markTime()
  const preview = (await post(`/${id}/repair`, { dry_run: true })).json()
  t.match(preview, { count: 5, batch_id: null, preview_id: String, frozen_at: String })
  t.equal(preview.samples.length, 5)
  t.match(preview.samples[0], { entity_type: 'products', source_entity_id: ids[0], kind: 'fields' })
  t.match(preview.estimate, { calls: Number, minutes: Number, notes: [] })
  t.same(await queued(), [], 'a preview does nothing')
  const silent = await post(`/${id}/repair`, { preview_id: preview.preview_id })
  t.equal(silent.statusCode, 400, 'why?')
  const { preview_id } = preview
  const confirmed = (await post(`/${id}/repair`, { preview_id, reason: 'drift of the night' })).json()
  t.match(confirmed, { count: preview.count, batch_id: preview_id, state: 'done' })
  t.same(await queued(), ids, 'exactly what was previewed is enqueued')
  await service.quiet()
  await markTime()
  const repeated = (await post(`/${id}/repair`, { preview_id, reason: 'once more' })).json()
  t.match(repeated, { count: 5, batch_id: preview_id, state: 'done' })
  t.same(await queued(), [], 'the same id again does nothing')
  t.match(await get(`/repairs/${preview_id}`), {
    run_id: id,
    state: 'done',
    total: 5,
    done: 5,
    reason: 'drift of the night',
  })
  const { rows } = await sql`
    select actor, reason, affected, filter ->> 'verify_id' as verify_id from tds_audit_trail where action = 'verify.repair'`.execute(
    service.db,
  )
  t.same(rows, [{ actor: 'key bootstrap', reason: 'drift of the night', affected: 5, verify_id: id }])
  t.match(await get(`/${await compare()}`), { ok: true, differences: 0 })
})

t.test('a batch of one’s own name is a no-op the second time, and belongs to its comparison', async (t) => {
  const ids = await plant(2)
  const id = await compare()
  await markTime()
  const batch_id = crypto.randomUUID()
  const both = await Promise.all([1, 2].map(() => post(`/${id}/repair`, { batch_id, reason: 'twice at once' })))
  for (const each of both) t.match(each.json(), { count: 2, batch_id })
  t.same(await queued(), ids)
  await service.quiet()
  const other = await compare()
  const strange = await post(`/${other}/repair`, { preview_id: batch_id, reason: 'x' })
  t.same([strange.statusCode, strange.json().code], [404, 'REPAIR_NOT_FOUND'])
  const nothing = (await post(`/${other}/repair`, { reason: 'nothing is left' })).json()
  t.match(nothing, { count: 0, batch_id: null, state: 'done' })
  t.equal((await post(`/${crypto.randomUUID()}/repair`, { dry_run: true })).statusCode, 404)
})

t.test('a large repair goes on in the background', async (t) => {
  const id = await compare({ entities: ['warehouses'] })
  await sql`
    insert into tds_verify_differences (run_id, entity_type, source_entity_id, kind)
    select ${id}::uuid, 'warehouses', 'none' || n, 'missing' from generate_series(1, 1200) n`.execute(service.db)
  const { preview_id } = (await post(`/${id}/repair`, { dry_run: true })).json()
  const { count, state } = (await post(`/${id}/repair`, { preview_id, reason: 'all of them' })).json()
  t.same([count, state], [1200, 'running'])
  await until(
    service.db,
    'it is done',
    sql`select finished_at is not null from tds_verify_repairs where id = ${preview_id}::uuid`,
  )
  t.match(await get(`/repairs/${preview_id}`), { state: 'done', done: 1200, total: 1200 })
  const over = await post(`/repairs/${preview_id}/cancel`, { reason: 'too late' })
  t.same([over.statusCode, over.json().code], [409, 'REPAIR_NOT_RUNNING'])
  await service.quiet()
})

t.test('a key needs run:start to begin and to repair', async (t) => {
  const made = await service.app.inject({
    method: 'POST',
    url: '/api/tds/keys',
    headers,
    body: { name: 'reader', scopes: ['health:read'], reason: 'test' },
  })
  const reader = { authorization: `Bearer ${made.json().token}` }
  t.equal((await service.app.inject({ url, headers: reader })).statusCode, 200)
  t.equal((await service.app.inject({ method: 'POST', url, headers: reader })).statusCode, 403)
})
