import t from 'tap'
import { sql } from '../../db/index.ts'
import { seedDeadLetters } from '../monitor/fixture.ts'
import { bearer, testApp } from './shell-fixture.ts'

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
