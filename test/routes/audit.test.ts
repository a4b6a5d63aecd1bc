import t from 'tap'
import { adminKey, bearer, keyWith, testApp } from './shell-fixture.ts'

const url = '/api/tds/audit'
const headers = bearer(keyWith('keys:admin'))

async function withLines(t: Parameters<typeof testApp>[0]) {
  const { app, db, close } = await testApp(t)
  await db
    .insertInto('tds_audit_trail')
    .values([
      { at: '2026-01-01T00:00:00Z', actor: 'cli', action: 'dlq.requeue', affected: 2, filter: '{"ids":[1,2]}' },
      { at: '2026-01-02T00:00:00Z', actor: 'key abcd1234', action: 'key.create', reason: '=1+1', request_id: 'r-1' },
    ])
    .execute()
  const ask = (query: Record<string, string> = {}) => app.inject({ url, query, headers })
  return { app, ask, close }
}

t.test('shows who did what, newest first, page by page', async (t) => {
  const { ask } = await withLines(t)
  const first = (await ask({ limit: '1' })).json()
  t.match(first, { total: 2, next: 2, items: [{ id: 2, actor: 'key abcd1234', at: '2026-01-02T00:00:00.000Z' }] })
  const second = (await ask({ limit: '1', after: '2' })).json()
  t.match(second, { next: null, items: [{ id: 1, affected: 2, filter: { ids: [1, 2] }, reason: null }] })
})

t.test('filters by who, what and when, and says what is wrong with a filter', async (t) => {
  const { ask } = await withLines(t)
  const total = async (query: Record<string, string>) => (await ask(query)).json().total
  t.equal(await total({ actor: 'cli' }), 1)
  t.equal(await total({ action: 'key.create', from: '2026-01-02T00:00:00+00:00' }), 1)
  t.equal(await total({ to: '2026-01-01T00:00:00Z' }), 0)
  t.match((await ask({ from: 'yesterday' })).json(), { code: 'VALIDATION', errors: [{ pointer: '/querystring/from' }] })
  t.match((await ask({ format: 'xml' })).json(), { code: 'VALIDATION' })
})

t.test('exports as CSV and NDJSON, streamed, with the same filter', async (t) => {
  const { ask } = await withLines(t)
  const csv = await ask({ format: 'csv' })
  t.match(csv.headers, { 'content-type': /^text\/csv/, 'content-disposition': 'attachment; filename="tds-audit.csv"' })
  const lines = csv.body.split('\r\n')
  t.equal(lines.length, 4)
  t.match(lines[1], /^2,2026-01-02T00:00:00\.000Z,key abcd1234,key\.create,,'=1\+1,/)
  const ndjson = await ask({ format: 'ndjson', actor: 'cli' })
  t.match(ndjson.headers['content-type'], 'application/x-ndjson')
  t.match(JSON.parse(ndjson.body), { id: 1, filter: { ids: [1, 2] } })
  t.equal((await ask({ format: 'ndjson', actor: 'nobody' })).body, '')
})

t.test('an export without a database is a problem and no empty file', async (t) => {
  const { app, close } = await withLines(t)
  await close()
  const reply = await app.inject({ url, query: { format: 'csv' }, headers })
  t.ok(reply.statusCode >= 500)
  t.match(reply.headers['content-type'], 'application/problem+json')
})

t.test('row changes are shown to keys that may read payloads, and to no others', async (t) => {
  const { app, db } = await testApp(t)
  const line = {
    actor: 'webhook',
    action: 'row.updated',
    subject: 'products/12',
    before: '{"name":"a"}',
    after: '{"name":"b"}',
  }
  await db
    .insertInto('tds_audit_trail')
    .values([line, { actor: 'cli', action: 'dlq.resolve', subject: 'products/12' }])
    .execute()
  const both = bearer(adminKey)
  const actions = async (query: Record<string, string>, from = headers) =>
    (await app.inject({ url, query, headers: from })).json().items?.map(({ action }: { action: string }) => action)
  t.same(await actions({}), ['dlq.resolve'])
  t.same(await actions({}, both), ['dlq.resolve'], 'the list of operators is not flooded')
  t.same(await actions({ subject: 'products/12' }), ['dlq.resolve'])
  t.same(await actions({ subject: 'products/12' }, both), ['dlq.resolve', 'row.updated'])
  t.same(await actions({ kind: 'rows' }, both), ['row.updated'])
  t.match((await app.inject({ url, query: { kind: 'all' }, headers })).json(), { code: 'SCOPE_MISSING', status: 403 })
  t.same(await actions({ action: 'row.updated' }), [], 'nor under its name')
  const history = '/api/tds/rows/products/12/history'
  t.equal((await app.inject({ url: history, headers })).statusCode, 403)
  const shown = await app.inject({ url: history, headers: bearer(keyWith('payload:read')) })
  t.match(shown.json(), { total: 1, next: null, items: [{ before: { name: 'a' }, after: { name: 'b' } }] })
})
