import t, { type Test } from 'tap'
import { scopes } from '../../src/keys/index.ts'
import { bearer, keyWith, testApp } from './shell-fixture.ts'

const url = '/api/tds/keys'

async function setUp(t: Test) {
  const { app, db } = await testApp(t)
  const ask = async (method: 'GET' | 'POST' | 'DELETE', path = '', body?: object, token?: string) => {
    const reply = await app.inject({ method, url: url + path, headers: bearer(token), ...(body && { body }) })
    return { status: reply.statusCode, headers: reply.headers, body: reply.json() }
  }
  return { app, db, ask }
}

t.test('a key is made, used, rotated and revoked over HTTP, each in the trail', async (t) => {
  const { app, db, ask } = await setUp(t)
  const made = await ask('POST', '', { name: 'ERP', scopes: ['stats:read'], reason: 'new ERP' })
  t.equal(made.status, 201)
  t.equal(made.headers['cache-control'], 'no-store')
  t.match(made.body, { name: 'ERP', state: 'live', created_by: 'key bootstrap', token: /^tds_/ })
  const statistics = async (token: string) =>
    (await app.inject({ url: '/api/tds/statistics', headers: bearer(token) })).statusCode
  t.equal(await statistics(made.body.token), 200)
  t.match(await ask('GET', '', undefined, made.body.token), { status: 403, body: { code: 'SCOPE_MISSING' } })

  const rotated = await ask('POST', `/${made.body.id}/rotate`, { overlap_hours: 1, reason: 'yearly' })
  t.match(rotated, { status: 201, body: { rotated_from: made.body.id, token: /^tds_/ } })
  t.equal(await statistics(rotated.body.token), 200)

  const revoked = await ask('DELETE', `/${made.body.id}?reason=left`)
  t.match(revoked, { status: 200, body: { state: 'revoked', revoke_reason: 'left', revoked_at: /Z$/ } })
  t.equal(await statistics(made.body.token), 401)

  const { body } = await ask('GET', '?live=true')
  t.match(body, { total: 1, next: null, items: [{ id: rotated.body.id, last_used_at: /Z$/ }] })
  t.notMatch(JSON.stringify(body), /token|hash/)
  const trail = await db.selectFrom('tds_audit_trail').selectAll().orderBy('id').execute()
  t.match(trail, [
    { action: 'key.create', actor: 'key bootstrap', reason: 'new ERP', request_id: /./ },
    { action: 'key.rotate', reason: 'yearly' },
    { action: 'key.revoke', reason: 'left' },
  ])
})

t.test('a key with keys:admin hands out no more than it has', async (t) => {
  const { ask } = await setUp(t)
  const admin = keyWith('keys:admin')
  const refused = await ask('POST', '', { name: 'x', scopes: ['keys:admin', 'dlq:write'] }, admin)
  t.match(refused, { status: 403, body: { code: 'SCOPE_NOT_HELD', detail: /dlq:write/ } })
  t.equal((await ask('POST', '', { name: 'x', scopes: ['keys:admin'] }, admin)).status, 201)
})

t.test('says what is wrong with a key', async (t) => {
  const { ask } = await setUp(t)
  const wrong = async (body: object) => (await ask('POST', '', body)).body
  t.match(await wrong({ name: 'x', scopes: [] }), { errors: [{ pointer: '/body/scopes' }] })
  t.match(await wrong({ name: 'x', scopes: ['root'] }), { errors: [{ pointer: '/body/scopes/0' }] })
  t.match(await wrong({ name: ' ', scopes: ['stats:read'] }), { errors: [{ pointer: '/body/name' }] })
  t.match(await wrong({ name: 'a\0b', scopes: ['stats:read'] }), { errors: [{ pointer: '/body/name' }] })
  t.match(await wrong({ name: 'x', scopes: ['stats:read'], expires_at: '2020-01-01T00:00:00Z' }), {
    code: 'KEY_EXPIRY_PAST',
  })
  t.match(await ask('DELETE', '/zzzzzzzz'), { status: 404, body: { code: 'KEY_NOT_FOUND' } })
  t.match(await ask('POST', "/x'--/rotate"), { status: 400, body: { code: 'VALIDATION' } })
})

t.test('with the database away a stored key is no wrong key, and health says what it says to anybody', async (t) => {
  const { app, close } = await testApp(t)
  const reply = await app.inject({
    method: 'POST',
    url,
    headers: bearer(),
    body: { name: 'x', scopes: [...scopes] },
  })
  const { token } = reply.json()
  await close()
  const stored = await app.inject({ url: '/api/tds/dlq', headers: bearer(token) })
  t.match([stored.statusCode, stored.json().code], [503, 'KEYS_AWAY'])
  t.notOk('www-authenticate' in stored.headers)
  const health = await app.inject({ url: '/api/tds/health', headers: bearer(token) })
  t.match([health.statusCode, health.json().status], [503, 'unhealthy'])
})
