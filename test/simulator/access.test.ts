import t from 'tap'
import { request } from 'undici'
import { simulatorCredentials } from './index.ts'
import { parseJson } from './json.ts'
import { connect } from './test-client.ts'

const right = {
  grant_type: 'refresh_token',
  client_id: simulatorCredentials.clientId,
  client_secret: simulatorCredentials.clientSecret,
  refresh_token: simulatorCredentials.refreshToken,
}

async function ask(url: string, parameters: Record<string, string>) {
  const reply = await request(`${url}/oauth/v2/token?${new URLSearchParams(parameters)}`, { method: 'POST' })
  return { status: reply.statusCode, json: parseJson(await reply.body.text()) }
}

t.test('wrong credentials are an error inside a 200', async (t) => {
  const { simulator } = await connect(t)
  const refused = (changed: Record<string, string>) => ask(simulator.accountsUrl, { ...right, ...changed })
  t.strictSame(await refused({ client_id: 'x' }), { status: 200, json: { error: 'invalid_client' } })
  t.strictSame(await refused({ client_secret: 'x' }), { status: 200, json: { error: 'invalid_client_secret' } })
  t.strictSame(await refused({ refresh_token: 'x' }), { status: 200, json: { error: 'invalid_code' } })
  t.match(await refused({}), {
    status: 200,
    json: { token_type: 'Bearer', expires_in: 3600, api_domain: simulator.apiUrl },
  })
  simulator.control.oauth.refuse('invalid_code')
  t.match(await refused({}), { json: { error: 'invalid_code' } })
})

t.test('the eleventh token within ten minutes is throttled', async (t) => {
  const { simulator } = await connect(t)
  const { clock } = simulator.control
  clock.freeze()
  for (let taken = 1; taken < 10; taken++) await ask(simulator.accountsUrl, right)
  t.match(await ask(simulator.accountsUrl, right), { status: 400, json: { error: 'Access Denied', status: 'failure' } })
  clock.advance(600_000)
  t.equal((await ask(simulator.accountsUrl, right)).status, 200)
})

t.test('a token is needed, with the prefix of Zoho, and dies after an hour', async (t) => {
  const { simulator, get, refresh } = await connect(t)
  const path = '/inventory/v1/items?per_page=1'
  const { json } = await refresh()
  t.match(await get(path, {}), { status: 401, json: { code: 14 } })
  t.match(await get(path, { authorization: `Bearer ${json.access_token}` }), { status: 401, json: { code: 14 } })
  t.match(await get(path, { authorization: 'Zoho-oauthtoken 1000.unknown' }), { status: 401, json: { code: 57 } })
  t.equal((await get(path)).status, 200)
  simulator.control.clock.advance(3_600_000)
  t.match(await get(path), { status: 401, json: { code: 57 } })
  await refresh()
  t.equal((await get(path)).status, 200)
})

t.test('a call needs the right organisation, except for the list of organisations', async (t) => {
  const { simulator, refresh } = await connect(t)
  const token = (await refresh()).json.access_token
  const call = async (path: string) => {
    const reply = await request(`${simulator.apiUrl}${path}`, {
      headers: { authorization: `Zoho-oauthtoken ${token}` },
    })
    return { status: reply.statusCode, json: parseJson(await reply.body.text()) }
  }
  t.match(await call('/books/v3/items'), { status: 400, json: { code: 9 } })
  t.match(await call('/books/v3/items?organization_id=1'), { status: 400, json: { code: 6041 } })
  t.match(await call('/books/v3/organizations'), { status: 200, json: { code: 0 } })
})

t.test('an unknown URL and an unknown record are different 404s', async (t) => {
  const { get } = await connect(t)
  t.match(await get('/inventory/v1/stockonhand'), { status: 404, json: { code: 5 } })
  t.match(await get('/inventory/v1/items/1'), { status: 404, json: { code: 1002 } })
})
