import t from 'tap'
import type { TestDatabase } from '../helpers/database.ts'
import { itemsCall, world } from './setup.ts'

const live = { product: 'inventory', purpose: 'live' } as const

t.test('two processes that start together ask for one token', async (t) => {
  const { client, simulator, database } = await world(t)
  simulator.control.faults.set({ kind: 'slow', purpose: 'token', milliseconds: 100 })
  const processes = [client(), client()]
  await Promise.all(processes.flatMap((zoho) => [zoho.get(itemsCall), zoho.get(itemsCall), zoho.get(itemsCall)]))
  t.match(simulator.control.calls.report(), { tokenRequests: 1, total: 6, byStatus: { 401: undefined } })
  t.match(await tokenRow(database), { generation: 1, error_code: null })
})

t.test('a 401 renews the token once, for all who used it', async (t) => {
  const { client, simulator, database } = await world(t)
  const processes = [client(), client()]
  await Promise.all(processes.map((zoho) => zoho.get(itemsCall)))
  await minutesPass(database, 2)
  simulator.control.oauth.expire()
  const replies = await Promise.all(processes.flatMap((zoho) => [zoho.get(itemsCall), zoho.get(itemsCall)]))
  t.ok(replies.every(({ body }) => body.code === 0))
  t.equal(simulator.control.calls.report().tokenRequests, 2)
  t.match(await tokenRow(database), { generation: 2 })
})

t.test('a call with a permit takes a second one to repeat itself after a 401', async (t) => {
  const { client, simulator, database } = await world(t)
  const zoho = client()
  await zoho.get(itemsCall)
  await minutesPass(database, 2)
  simulator.control.oauth.expire()
  const permit = await zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(5000) })
  const reply = await zoho.get({ ...itemsCall, permit })
  t.equal(reply.calls, 2)
  t.ok(Date.parse(reply.readAt) >= Date.parse(permit.startedAt))
  t.match(await zoho.state(), { products: { inventory: { dayUsed: 3 } }, budget: { inFlight: 0 } })
})

t.test('a second 401 with code 14, after one renewal, pauses all calls', async (t) => {
  const { client, simulator, database } = await world(t)
  const zoho = client()
  await zoho.get(itemsCall)
  await minutesPass(database, 2)
  simulator.control.faults.set({ kind: 'json-code', path: '/inventory', status: 401, code: 14 })
  await t.rejects(zoho.get(itemsCall), { code: 'ZOHO_UNAUTHORIZED', kind: 'wait', retryAt: Date })
  t.match((await zoho.state()).token, { pausedAt: Date, errorCode: 'unauthorized' })
  t.match(await zoho.acquire(live), { reason: 'token' })
  t.match(simulator.control.calls.report(), { tokenRequests: 2, total: 3 })
})

t.test('a disabled user pauses all calls after one; a quarter of an hour later they are tried again', async (t) => {
  const { client, simulator, database } = await world(t)
  const zoho = client()
  await zoho.get(itemsCall)
  const fault = simulator.control.faults.set({ kind: 'json-code', path: '/inventory', status: 400, code: 6018 })
  await t.rejects(zoho.get(itemsCall), { code: 'ZOHO_USER_DISABLED', kind: 'wait', retryAt: Date })
  const { token } = await zoho.state()
  t.match(token, { pausedAt: Date, errorCode: 'user_disabled' })
  t.match(await zoho.acquire(live), { reason: 'token' })
  t.match(simulator.control.calls.report(), { tokenRequests: 1, total: 2 })
  simulator.control.faults.clear(fault)
  await minutesPass(database, 16)
  t.match(await client().get(itemsCall), { body: { code: 0 } })
  t.match((await zoho.state()).token, { pausedAt: null, errorCode: null })
})

t.test('within a minute of the last renewal a dead token waits for the next', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client()
  await zoho.get(itemsCall)
  simulator.control.faults.set({ kind: 'json-code', path: '/inventory', status: 401, code: 14 })
  const permit = await zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(5000) })
  const error = await zoho.get({ ...itemsCall, permit }).catch((thrown: unknown) => thrown)
  t.match(error, { code: 'ZOHO_TOKEN_THROTTLED', kind: 'wait', retryAt: Date })
  const next = await zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(5000) })
  await t.rejects(
    zoho.get({ ...itemsCall, permit: next }),
    { code: 'ZOHO_TOKEN_THROTTLED' },
    'nobody sends it any more',
  )
  t.match(await zoho.acquire(live), { reason: 'token' })
  t.match(simulator.control.calls.report(), { tokenRequests: 1, total: 2 })
})

t.test('within a minute of the last renewal a code 57 waits alone', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client()
  await zoho.get(itemsCall)
  simulator.control.faults.set({ kind: 'no-scope', path: '/inventory/v1/items/' })
  const permit = await zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(5000) })
  await t.rejects(zoho.get({ ...itemsCall, path: '/items/1', permit }), { code: 'ZOHO_TOKEN_THROTTLED', kind: 'wait' })
  t.match(await zoho.get(itemsCall), { body: { code: 0 } }, 'other paths go on')
  t.equal(simulator.control.calls.report().tokenRequests, 1)
})

t.test('code 57 is a missing scope after one renewal, and needs no further one', async (t) => {
  const { client, simulator, database } = await world(t)
  const zoho = client()
  await zoho.get(itemsCall)
  await minutesPass(database, 2)
  simulator.control.faults.set({ kind: 'no-scope', path: '/inventory/v1/items/' })
  await t.rejects(zoho.get({ ...itemsCall, path: '/items/1' }), { code: 'ZOHO_SCOPE', kind: 'permanent' })
  await minutesPass(database, 2)
  await t.rejects(zoho.get({ ...itemsCall, path: '/items/2' }), { code: 'ZOHO_SCOPE' })
  t.match(await zoho.get(itemsCall), { body: { code: 0 } }, 'other paths go on')
  t.match(simulator.control.calls.report(), { tokenRequests: 2, total: 5 })
})

for (const refusal of ['invalid_code', 'invalid_client', 'invalid_client_secret'] as const) {
  t.test(`I1: ${refusal} pauses the sync and is not asked again`, async (t) => {
    const { client, simulator, database } = await world(t)
    const zoho = client()
    simulator.control.oauth.refuse(refusal)
    const permit = await zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(5000) })
    const error = await zoho.get({ ...itemsCall, permit }).catch((thrown: unknown) => thrown)
    t.match(error, { code: 'ZOHO_TOKEN_REJECTED', kind: 'wait', retryAt: Date, detail: { oauthError: refusal } })
    t.match(await zoho.acquire(live), { reason: 'token', retryAt: Date })
    await t.rejects(zoho.get(itemsCall), { code: 'ZOHO_TOKEN_REJECTED' })
    await t.rejects(client().get(itemsCall), { code: 'ZOHO_TOKEN_REJECTED' }, 'nor by another process')
    t.match(simulator.control.calls.report(), { tokenRequests: 1, total: 0 })
    t.match(await zoho.state(), {
      token: { pausedAt: Date, errorCode: refusal, present: false },
      budget: { inFlight: 0 },
    })
    t.match(await tokenRow(database), { generation: 0 })
  })
}

t.test('a process started with good credentials ends the pause', async (t) => {
  const { client, simulator, database } = await world(t)
  const wrong = client({ config: { clientSecret: 'not the secret of this client' } })
  await t.rejects(wrong.get(itemsCall), { code: 'ZOHO_TOKEN_REJECTED' })
  await minutesPass(database, 2)
  t.match(await client().get(itemsCall), { body: { code: 0 } })
  t.match(await tokenRow(database), { generation: 1, paused_at: null, error_code: null })
  t.equal(simulator.control.calls.report().tokenRequests, 2)
})

t.test('a throttled token endpoint is left alone for minutes', async (t) => {
  const { client, simulator, database } = await world(t, { limits: { tokensPerTenMinutes: 0 } })
  const zoho = client()
  const permit = await zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(5000) })
  const error = await zoho.get({ ...itemsCall, permit }).catch((thrown: unknown) => thrown)
  t.match(error, { code: 'ZOHO_TOKEN_THROTTLED', kind: 'wait' })
  t.ok((error as { retryAt: Date }).retryAt.getTime() - Date.now() > 300_000)
  await minutesPass(database, 2)
  await t.rejects(zoho.get({ ...itemsCall, signal: AbortSignal.timeout(500) }))
  t.equal(simulator.control.calls.report().tokenRequests, 1)
})

t.test('the accounts host may stumble: nothing is paused, the next try is a minute later', async (t) => {
  const { client, simulator, database } = await world(t)
  const zoho = client()
  simulator.control.faults.set({ kind: 'html', purpose: 'token', times: 1 })
  const permit = await zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(5000) })
  await t.rejects(zoho.get({ ...itemsCall, permit }), { code: 'ZOHO_NOT_JSON', kind: 'wait', retryAt: Date })
  t.match(await tokenRow(database), { paused_at: null, error_code: 'ZOHO_NOT_JSON' })
  await minutesPass(database, 2)
  t.match(await client().get(itemsCall), { body: { code: 0 } })
})

t.test('five minutes before its end the token is renewed; until then a refusal does not matter', async (t) => {
  const { client, simulator, database } = await world(t)
  await client().get(itemsCall)
  await minutesPass(database, 56)
  simulator.control.oauth.refuse('invalid_code')
  t.match(await client().get(itemsCall), { body: { code: 0 } }, 'the old one still serves')
  t.match(await tokenRow(database), { generation: 1, error_code: 'invalid_code' })
  simulator.control.oauth.refuse()
  await minutesPass(database, 2)
  t.match(await client().get(itemsCall), { body: { code: 0 } })
  t.match(await tokenRow(database), { generation: 2, error_code: null })
  t.equal(simulator.control.calls.report().tokenRequests, 3)
})

t.test('with a key the token is encrypted at rest; a process with another key asks for its own', async (t) => {
  const { client, simulator, database } = await world(t)
  const config = { encryptionKey: 'a key of thirty-two characters or so' }
  await client({ config }).get(itemsCall)
  const row = await tokenRow(database)
  t.match(row, { is_encrypted: true, access_token: /^v1\./ })
  await client({ config }).get(itemsCall)
  t.equal(simulator.control.calls.report().tokenRequests, 1, 'the same key reads it')
  await minutesPass(database, 2)
  await client({ config: { encryptionKey: 'another key of thirty-two characters' } }).get(itemsCall)
  t.match(simulator.control.calls.report(), { tokenRequests: 2, byStatus: { 401: undefined } })
})

t.test('without a key the token is stored as it is', async (t) => {
  const { client, database } = await world(t)
  await client().get(itemsCall)
  t.match(await tokenRow(database), { is_encrypted: false, access_token: /^1000\./ })
})

t.test('the api_domain of the token reply is followed where it is a host of Zoho, and nowhere else', async (t) => {
  const { client, simulator } = await world(t)
  const nowhere = { apiUrl: 'http://127.0.0.1:9' }
  const permitless = { ...itemsCall, signal: AbortSignal.timeout(20_000) }
  t.match(await client({ config: { ...nowhere, apiDomains: [simulator.apiUrl] } }).get(permitless), {
    body: { code: 0 },
  })
  t.equal(simulator.control.calls.report().total, 1)
  const fixed = client({ config: { ...nowhere, apiDomains: ['https://www.zohoapis.com'] } })
  const permit = await fixed.acquireWhenFree({ ...live, signal: permitless.signal })
  await t.rejects(fixed.get({ ...itemsCall, permit }), { code: 'ZOHO_NETWORK' })
})

t.test('without credentials there are no permits and no calls', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client({ config: { refreshToken: undefined } })
  t.match(await zoho.acquire(live), { reason: 'not_configured', retryAt: Date })
  await t.rejects(zoho.get(itemsCall), { code: 'ZOHO_NOT_CONFIGURED', kind: 'wait' })
  t.match(await zoho.state(), { configured: false })
  t.match(simulator.control.calls.report(), { tokenRequests: 0, total: 0 })
})

/** As if the last token request had been so long ago. */
async function minutesPass({ pool }: TestDatabase, minutes: number): Promise<void> {
  await pool.query(
    `update tds_zoho_token set attempted_at = attempted_at - $1 * interval '1 minute',
       refreshed_at = refreshed_at - $1 * interval '1 minute', expires_at = expires_at - $1 * interval '1 minute'`,
    [minutes],
  )
}

async function tokenRow({ pool }: TestDatabase) {
  const { rows } = await pool.query('select * from tds_zoho_token')
  return rows[0]
}
