import t from 'tap'
import { sql } from '../../db/index.ts'
import { seedDeadLetters } from '../monitor/fixture.ts'
import { bearer, keyWith, testApp } from './shell-fixture.ts'

const headers = bearer()
const url = '/api/tds/dlq'

t.test('lists page by page, newest first, with the total', async (t) => {
  const { app, db } = await testApp(t)
  await seedDeadLetters(db, 5)
  const ids: number[] = []
  let next: number | null = null
  do {
    const query: Record<string, string> = { limit: '2', ...(next !== null && { after: String(next) }) }
    const page = (await app.inject({ url, query, headers })).json()
    t.equal(page.total, 5)
    ids.push(...page.items.map((item: { id: number }) => item.id))
    next = page.next
  } while (next !== null)
  t.same(ids, [5, 4, 3, 2, 1])
})

t.test('filters by state, entity and code', async (t) => {
  const { app, db } = await testApp(t)
  await seedDeadLetters(db, 3)
  await seedDeadLetters(db, 4, true)
  const total = async (query: Record<string, string>) => (await app.inject({ url, query, headers })).json().total
  t.equal(await total({}), 7)
  t.equal(await total({ resolved: 'false' }), 3)
  t.equal(await total({ resolved: 'true' }), 4)
  t.equal(await total({ entity_type: 'customers' }), 0)
  t.equal(await total({ entity_type: 'products', error_code: 'ZOHO_CODE' }), 7)
})

t.test('shows one letter, and 404 for none', async (t) => {
  const { app, db } = await testApp(t)
  await seedDeadLetters(db, 1)
  const letter = await app.inject({ url: `${url}/1`, headers })
  t.match(letter.json(), { id: 1, entity_type: 'products', error_code: 'ZOHO_CODE', resolved: false })
  const none = await app.inject({ url: `${url}/99`, headers })
  t.same([none.statusCode, none.json().code], [404, 'DLQ_NOT_FOUND'])
  t.equal((await app.inject({ url: `${url}/one`, headers })).json().code, 'VALIDATION')
})

t.test('a dry run counts and shows samples, and changes nothing', async (t) => {
  const { app, db } = await testApp(t)
  await seedDeadLetters(db, 12)
  const body = { filter: { error_code: 'ZOHO_CODE' }, dry_run: true, reason: 'look' }
  const preview = (await app.inject({ method: 'POST', url: `${url}/requeue`, headers, body })).json()
  t.match(preview, { count: 12, batch_id: null })
  t.equal(preview.samples.length, 10)
  t.equal((await db.selectFrom('tds_sync_queue').selectAll().execute()).length, 0)
  t.equal((await db.selectFrom('tds_audit_trail').selectAll().execute()).length, 0)
})

t.test('a requeue by ids enqueues their records and is in the audit trail under its key', async (t) => {
  const { app, db } = await testApp(t)
  await seedDeadLetters(db, 3)
  const body = { ids: [1, 3], reason: 'Zoho is repaired' }
  const reply = await app.inject({ method: 'POST', url: `${url}/requeue`, headers, body })
  t.equal(reply.statusCode, 200)
  t.match(reply.json(), { count: 2, batch_id: /^[0-9a-f-]{36}$/ })
  const queued = await sql<{ id: string }>`select source_entity_id as id from tds_sync_queue order by 1`.execute(db)
  t.same(
    queued.rows.map(({ id }) => id),
    ['false1', 'false3'],
  )
  const [audit] = await db.selectFrom('tds_audit_trail').selectAll().execute()
  t.match(audit, { action: 'dlq.requeue', actor: 'key bootstrap', reason: 'Zoho is repaired', affected: 2 })
})

t.test('one letter is requeued without a body, a resolved one is not', async (t) => {
  const { app, db } = await testApp(t)
  await seedDeadLetters(db, 1)
  const requeue = (id: number) => app.inject({ method: 'POST', url: `${url}/${id}/requeue`, headers })
  t.match((await requeue(1)).json(), { count: 1 })
  await seedDeadLetters(db, 1, true)
  const resolved = await requeue(2)
  t.same([resolved.statusCode, resolved.json().code], [404, 'DLQ_NOT_OPEN'])
})

t.test('a letter is resolved with a note, once', async (t) => {
  const { app, db } = await testApp(t)
  await seedDeadLetters(db, 1)
  const body = { note: 'deleted at Zoho' }
  const resolve = () => app.inject({ method: 'POST', url: `${url}/1/resolve`, headers, body })
  t.match((await resolve()).json(), {
    resolved: true,
    resolved_by: 'key bootstrap',
    resolution_note: 'deleted at Zoho',
    resolved_at: /Z$/,
  })
  t.equal((await resolve()).statusCode, 404)
})

t.test('a requeue says what is wrong with it', async (t) => {
  const { app } = await testApp(t)
  const requeue = async (body: object) =>
    (await app.inject({ method: 'POST', url: `${url}/requeue`, headers, body })).json()
  t.match(await requeue({ reason: 'x' }), { code: 'VALIDATION', detail: /name either ids or a filter/ })
  t.match(await requeue({ ids: [1], filter: {}, reason: 'x' }), { code: 'VALIDATION' })
  t.match(await requeue({ ids: [1] }), { code: 'VALIDATION', errors: [{ pointer: '/body/reason' }] })
  t.match(await requeue({ ids: ["1' or true"], reason: 'x' }), { errors: [{ pointer: '/body/ids/0' }] })
  t.match(await requeue({ ids: [1], reason: 'x', all: true }), { code: 'VALIDATION' })
})

t.test('one letter comes with its story; what Zoho sent needs payload:read', async (t) => {
  const { app, db } = await testApp(t)
  await seedDeadLetters(db, 1)
  await sql`
    insert into tds_inbox_events (event_id, module, status, entity_type, source_entity_id)
    values ('0190a1b2-0000-7000-8000-000000000001', 'products', 'promoted', 'products', 'false1')`.execute(db)
  await sql`
    insert into tds_inbox_payloads (event_id, body, sha256, auth_method)
    values ('0190a1b2-0000-7000-8000-000000000001', '{"item":{}}', 'x', 'key')`.execute(db)
  const show = async (query: string, key?: string) =>
    (await app.inject({ url: `${url}/1${query}`, headers: bearer(key) })).json()
  const reader = keyWith('dlq:read')
  const plain = await show('', reader)
  t.match(plain, {
    id: 1,
    story: { events: [{ module: 'products' }], queue: [], attempts: [], row: { exists: false } },
  })
  t.notOk('payload' in plain.story.events[0])
  t.match(await show('?payload=true', reader), { status: 403, code: 'SCOPE_MISSING' })
  t.match(await show('?payload=true'), { story: { events: [{ payload: '{"item":{}}' }] } })
  const searched = await app.inject({ url, query: { payload: 'item' }, headers: bearer(reader) })
  t.equal(searched.statusCode, 403, 'looking for words in bodies is reading them')
  t.equal((await app.inject({ url, query: { payload: 'item' }, headers })).json().total, 1)
})

t.test('groups tell cause and trend', async (t) => {
  const { app, db } = await testApp(t)
  await seedDeadLetters(db, 4)
  const reply = await app.inject({ url: `${url}/groups`, headers })
  t.match(reply.json(), { total: 1, items: [{ count: 4, trend: { last_hour: 4 }, samples: [{}, {}, {}] }], next: null })
})

t.test('preview, confirmation, progress and cancellation', async (t) => {
  const { app, db } = await testApp(t)
  await seedDeadLetters(db, 3)
  const post = async (path: string, body: object) =>
    (await app.inject({ method: 'POST', url: `${url}${path}`, headers, body })).json()
  const preview = await post('/requeue', { filter: { error_code: 'ZOHO_CODE' }, dry_run: true, reason: 'look' })
  t.match(preview, { count: 3, frozen_at: /Z$/, estimate: { calls: 1, minutes: 1 }, preview_id: /^[0-9a-f-]{36}$/ })
  await sql`update tds_dead_letter_queue set resolved = true where id = 2`.execute(db)
  await sql`insert into tds_dead_letter_queue (entity_type, source_entity_id, error_code) values ('products', 'new', 'ZOHO_CODE')`.execute(
    db,
  )
  const confirmed = await post('/requeue', { preview_id: preview.preview_id, reason: 'repaired' })
  t.match(confirmed, { count: 3, batch_id: preview.preview_id, arrived_since: 1, state: 'done' })
  const batch = await app.inject({ url: `${url}/batches/${preview.preview_id}`, headers })
  t.match(batch.json(), { state: 'done', total: 3, done: 3, requeued: 2, actor: 'key bootstrap', reason: 'repaired' })
  t.match(await post(`/batches/${preview.preview_id}/cancel`, { reason: 'x' }), { status: 409 })
  t.match(await post('/batches/0190a1b2-0000-7000-8000-000000000000/cancel', { reason: 'x' }), { status: 404 })
  t.match(await post('/requeue', { ids: [1], preview_id: preview.preview_id, reason: 'x' }), { code: 'VALIDATION' })
})

t.test('many letters are resolved with one note', async (t) => {
  const { app, db } = await testApp(t)
  await seedDeadLetters(db, 3)
  const resolve = async (body: object) =>
    (await app.inject({ method: 'POST', url: `${url}/resolve`, headers, body })).json()
  t.match(await resolve({ filter: { error: 'answered 9' }, dry_run: true, note: 'gone' }), { count: 3 })
  t.match(await resolve({ filter: { error: 'answered 9' }, note: 'gone' }), { count: 3, samples: [{}, {}, {}] })
  t.match(await resolve({ ids: [1], note: 'gone' }), { count: 0 })
  t.match(await resolve({ ids: [1] }), { code: 'VALIDATION' })
})
