import t, { type Test } from 'tap'
import { sql } from '../../db/index.ts'
import { createKeys, type Requester, scopes } from '../../src/keys/index.ts'
import { testDatabase, testServer } from '../helpers/database.ts'
import { silent, testClock } from '../monitor/fixture.ts'

const root: Requester = { actor: 'cli', scopes }
const bootstrapKey = 'tds_a_key_of_some_length'
const hourMs = 3_600_000

async function setUp(t: Test) {
  const { db } = await testDatabase(t)
  const clock = testClock()
  const deps = { db, bootstrapKey, clock, log: silent }
  return { db, clock, keys: createKeys(deps), elsewhere: createKeys(deps) }
}

t.test('the key of the configuration is that key and nothing near it', async (t) => {
  const { keys } = await setUp(t)
  t.match(await keys.verify(bootstrapKey), { id: 'bootstrap', scopes })
  for (const near of ['', bootstrapKey.slice(0, -1), `${bootstrapKey} `, bootstrapKey.toUpperCase(), 'é']) {
    t.equal(await keys.verify(near), null, near)
  }
})

t.test('without a configured key nobody gets in, not even with an empty one', async (t) => {
  const { db } = await testDatabase(t)
  const keys = createKeys({ db, bootstrapKey: undefined, clock: testClock(), log: silent })
  for (const token of ['', 'undefined', 'null']) t.equal(await keys.verify(token), null)
})

t.test('a key that was made opens its scopes; its secret is nowhere in the database', async (t) => {
  const { db, keys } = await setUp(t)
  const made = await keys.create({ name: 'ERP', scopes: ['stats:read', 'stats:read', 'dlq:read'] }, root)
  t.match(made, { name: 'ERP', state: 'live', scopes: ['stats:read', 'dlq:read'], created_by: 'cli', expires_at: null })
  t.same(await keys.verify(made.token), { id: made.id, scopes: ['stats:read', 'dlq:read'] })
  const secret = made.token.slice(13, 56)
  const { rows } = await sql<{ line: string }>`
    select k::text as line from tds_api_keys k union all select a::text from tds_audit_trail a`.execute(db)
  t.equal(rows.length, 2)
  for (const { line } of rows) {
    t.notMatch(line, secret)
    t.notMatch(line, Buffer.from(secret).toString('hex'))
  }
})

t.test('a right id with another secret is no key, nor is a key that does not exist', async (t) => {
  const { db, keys } = await setUp(t)
  const one = await keys.create({ name: 'one', scopes: ['stats:read'] }, root)
  const other = await keys.create({ name: 'other', scopes: ['keys:admin'] }, root)
  await sql`update tds_api_keys set hash = (select hash from tds_api_keys where id = ${other.id}) where id = ${one.id}`.execute(
    db,
  )
  t.equal(await keys.verify(one.token), null)
  t.match(await keys.verify(other.token), { id: other.id })
  await db.deleteFrom('tds_api_keys').where('id', '=', one.id).execute()
  t.equal(await keys.verify(one.token), null)
})

t.test('a revoked key is refused at once here and within two seconds elsewhere', async (t) => {
  const { clock, keys, elsewhere } = await setUp(t)
  const { id, token } = await keys.create({ name: 'k', scopes: ['stats:read'] }, root)
  t.ok(await keys.verify(token))
  t.ok(await elsewhere.verify(token))
  const revoked = await keys.revoke(id, { reason: 'leaked' }, { ...root, requestId: 'r-1' })
  t.match(revoked, { state: 'revoked', revoked_by: 'cli', revoke_reason: 'leaked', revoked_at: Date })
  t.equal(await keys.verify(token), null)
  t.ok(await elsewhere.verify(token), 'another process has just looked')
  clock.forward(2_000)
  t.equal(await elsewhere.verify(token), null)
})

t.test('revoking again changes nothing, and one that is not there is 404', async (t) => {
  const { db, keys } = await setUp(t)
  const { id } = await keys.create({ name: 'k', scopes: ['stats:read'] }, root)
  const first = await keys.revoke(id, { reason: 'left' }, root)
  t.same(await keys.revoke(id, { reason: 'again' }, { ...root, actor: 'other' }), first)
  const trail = await db.selectFrom('tds_audit_trail').select('action').orderBy('id').execute()
  t.same(
    trail.map(({ action }) => action),
    ['key.create', 'key.revoke'],
  )
  await t.rejects(keys.revoke('zzzzzzzz', {}, root), { code: 'KEY_NOT_FOUND', status: 404 })
})

t.test('a key ends when it expires', async (t) => {
  const { clock, keys } = await setUp(t)
  const expiresAt = new Date(clock.now() + hourMs)
  const { id, token } = await keys.create({ name: 'k', scopes: ['stats:read'], expiresAt }, root)
  t.ok(await keys.verify(token))
  clock.forward(hourMs)
  t.equal(await keys.verify(token), null)
  t.match((await keys.list({ limit: 5 })).items, [{ id, state: 'expired' }])
  t.same((await keys.list({ limit: 5, live: true })).items, [])
  await t.rejects(keys.create({ name: 'k', scopes: ['stats:read'], expiresAt }, root), { code: 'KEY_EXPIRY_PAST' })
})

t.test('rotating gives a second key; both open until the overlap is over', async (t) => {
  const { db, clock, keys } = await setUp(t)
  const old = await keys.create({ name: 'ERP', scopes: ['stats:read'] }, root)
  const next = await keys.rotate(old.id, { reason: 'yearly' }, root)
  t.match(next, { name: 'ERP', scopes: ['stats:read'], rotated_from: old.id, expires_at: null })
  t.ok(await keys.verify(old.token))
  t.ok(await keys.verify(next.token))
  clock.forward(24 * hourMs + 1_000)
  t.equal(await keys.verify(old.token), null, 'a day later')
  t.ok(await keys.verify(next.token))
  const line = await db.selectFrom('tds_audit_trail').selectAll().where('action', '=', 'key.rotate').executeTakeFirst()
  t.match(line, { actor: 'cli', reason: 'yearly', subject: `key ${old.id}`, after: { successor: next.id } })
})

t.test('without an overlap the old key ends at once; its lifetime is that of the new one', async (t) => {
  const { clock, keys } = await setUp(t)
  const expiresAt = new Date(clock.now() + 10 * hourMs)
  const old = await keys.create({ name: 'k', scopes: ['stats:read'], expiresAt }, root)
  clock.forward(hourMs)
  const next = await keys.rotate(old.id, { overlapHours: 0 }, root)
  clock.forward(5)
  t.equal(await keys.verify(old.token), null)
  const lifetime = (next.expires_at?.getTime() ?? 0) - clock.now()
  t.ok(Math.abs(lifetime - 10 * hourMs) < 60_000, `${lifetime} ms`)
})

t.test('an overlap never lengthens the old key', async (t) => {
  const { db, clock, keys } = await setUp(t)
  const expiresAt = new Date(clock.now() + hourMs)
  const old = await keys.create({ name: 'k', scopes: ['stats:read'], expiresAt }, root)
  await keys.rotate(old.id, { overlapHours: 24 }, root)
  const row = await db.selectFrom('tds_api_keys').selectAll().where('id', '=', old.id).executeTakeFirstOrThrow()
  t.same(row.expires_at, expiresAt)
})

t.test('what cannot be rotated says why', async (t) => {
  const { keys } = await setUp(t)
  const old = await keys.create({ name: 'k', scopes: ['stats:read'] }, root)
  const next = await keys.rotate(old.id, {}, root)
  await t.rejects(keys.rotate(old.id, {}, root), { code: 'KEY_ALREADY_ROTATED', status: 409 })
  await keys.revoke(next.id, {}, root)
  t.match(await keys.rotate(old.id, {}, root), { rotated_from: old.id }, 'its successor was revoked')
  await t.rejects(keys.rotate(next.id, {}, root), { code: 'KEY_NOT_LIVE', status: 409 })
  await t.rejects(keys.rotate('zzzzzzzz', {}, root), { code: 'KEY_NOT_FOUND' })
})

t.test('nobody hands out scopes he does not have, neither by making nor by rotating', async (t) => {
  const { db, keys } = await setUp(t)
  const mighty = await keys.create({ name: 'k', scopes: ['config:write'] }, root)
  const lesser: Requester = { actor: 'key x', scopes: ['keys:admin', 'stats:read'] }
  const refusal = { code: 'SCOPE_NOT_HELD', status: 403, message: /config:write/ }
  await t.rejects(keys.create({ name: 'k', scopes: ['stats:read', 'config:write'] }, lesser), refusal)
  await t.rejects(keys.rotate(mighty.id, {}, lesser), refusal)
  t.match(await keys.create({ name: 'k', scopes: ['stats:read'] }, lesser), { created_by: 'key x' })
  t.match(await keys.revoke(mighty.id, {}, lesser), { state: 'revoked' }, 'taking away needs no scope but keys:admin')
  const { count } = await db
    .selectFrom('tds_api_keys')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  t.equal(count, 2, 'what was refused left nothing')
})

t.test('two who rotate at once: one does, the other is told', async (t) => {
  const { keys, elsewhere } = await setUp(t)
  const { id } = await keys.create({ name: 'k', scopes: ['stats:read'] }, root)
  const ends = await Promise.allSettled([keys.rotate(id, {}, root), elsewhere.rotate(id, {}, root)])
  t.same(ends.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  t.match(
    ends.find(({ status }) => status === 'rejected'),
    { reason: { code: 'KEY_ALREADY_ROTATED' } },
  )
})

t.test('the last use is noted at most once a minute', async (t) => {
  const { db, clock, keys, elsewhere } = await setUp(t)
  const { id, token } = await keys.create({ name: 'k', scopes: ['stats:read'] }, root)
  const noted = async () =>
    (await db.selectFrom('tds_api_keys').selectAll().where('id', '=', id).executeTakeFirstOrThrow()).last_used_at
  t.equal(await noted(), null)
  await keys.verify(token)
  const first = await noted()
  t.ok(first)
  clock.forward(30_000)
  await keys.verify(token)
  await elsewhere.verify(token)
  t.same(await noted(), first)
  await sql`update tds_api_keys set last_used_at = last_used_at - interval '2 minutes'`.execute(db)
  clock.forward(40_000)
  await keys.verify(token)
  t.ok(((await noted())?.getTime() ?? 0) >= (first?.getTime() ?? 0))
})

t.test('keys are listed page by page, newest first', async (t) => {
  const { keys } = await setUp(t)
  const made: string[] = []
  for (const name of ['a', 'b', 'c']) made.unshift((await keys.create({ name, scopes: ['stats:read'] }, root)).id)
  const first = await keys.list({ limit: 2 })
  t.same([first.items.map(({ id }) => id), first.total, first.next], [made.slice(0, 2), 3, made[1]])
  const second = await keys.list({ limit: 2, after: first.next ?? undefined })
  t.same([second.items.map(({ id }) => id), second.next], [made.slice(2), null])
  t.notOk('hash' in (first.items[0] ?? {}))
})

t.test('with the database away the key of the configuration opens, others are neither right nor wrong', async (t) => {
  const server = await testServer(t)
  const keys = createKeys({ db: server.db, bootstrapKey, clock: testClock(), log: silent })
  const { token } = await keys.create({ name: 'k', scopes: ['stats:read'] }, root)
  await server.stop()
  t.match(await keys.verify(bootstrapKey), { id: 'bootstrap' })
  await t.rejects(keys.verify(token), { code: 'KEYS_AWAY', kind: 'transient' })
  t.equal(await keys.verify('tds_not_one_of_ours'), null, 'what is no token needs no database')
  await server.start()
  t.match(await keys.verify(token), { scopes: ['stats:read'] }, 'a failure is not remembered')
})

t.test('a database that hangs keeps nobody with a stored key waiting', async (t) => {
  const { db, clock, keys } = await setUp(t)
  const { token } = await keys.create({ name: 'k', scopes: ['stats:read'] }, root)
  await keys.verify(token)
  clock.forward(61_000)
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const hanging = db.transaction().execute(async (tx) => {
    await sql`lock table tds_api_keys in access exclusive mode`.execute(tx)
    locked.resolve()
    await over
  })
  await locked.promise
  const started = performance.now()
  await t.rejects(keys.verify(token), { code: 'KEYS_AWAY' })
  t.ok(performance.now() - started < 4_000, `answered after ${Math.round(performance.now() - started)} ms`)
  resolve()
  await hanging
  t.match(await keys.verify(token), { scopes: ['stats:read'] })
})
