import t from 'tap'
import { createSimulator, simulatorCredentials } from './index.ts'

async function setUp(t: { teardown(end: () => Promise<void>): void }) {
  const simulator = await createSimulator({ items: 5 })
  t.teardown(() => simulator.close())
  const ask = async (grant: Record<string, string>) => {
    const { clientId, clientSecret } = simulatorCredentials
    const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...grant })
    const reply = await fetch(`${simulator.accountsUrl}/oauth/v2/token`, { method: 'POST', body })
    return (await reply.json()) as Record<string, string>
  }
  const call = async (method: string, path: string, json?: unknown) => {
    const { access_token } = await ask({
      grant_type: 'refresh_token',
      refresh_token: simulatorCredentials.refreshToken,
    })
    const url = `${simulator.apiUrl}${path}?organization_id=${simulator.organizationId}`
    const headers = { authorization: `Zoho-oauthtoken ${access_token}`, 'content-type': 'application/json' }
    const reply = await fetch(url, { method, headers, ...(json !== undefined && { body: JSON.stringify(json) }) })
    return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
  }
  return { simulator, ask, call }
}

t.test('a grant code is good once, and for its minutes', async (t) => {
  const { simulator, ask } = await setUp(t)
  const { oauth, clock } = simulator.control
  const code = oauth.grantCode()
  t.match(await ask({ grant_type: 'authorization_code', code }), { refresh_token: simulatorCredentials.refreshToken })
  t.strictSame(await ask({ grant_type: 'authorization_code', code }), { error: 'invalid_code' })
  const late = oauth.grantCode(3)
  clock.advance(3 * 60_000)
  t.strictSame(await ask({ grant_type: 'authorization_code', code: late }), { error: 'invalid_code' })
})

t.test('webhooks and rules are kept by product; a secret cannot be read back', async (t) => {
  const { call, simulator } = await setUp(t)
  const webhook = { webhook_name: 'a', url: 'https://a.example/', method: 'POST', secret: 'twelveletters' }
  const made = await call('POST', '/books/v3/settings/webhooks', webhook)
  t.match(made, { status: 201, body: { code: 0, webhook: { webhook_name: 'a' } } })
  const [kept] = simulator.control.automation.webhooks()
  const action = { action_type: 'webhook', action_id: kept?.webhook_id }
  const rule = { workflow_name: 'r', entity: 'item', rule_type: 'deleted', actions: [action] }
  t.match(await call('POST', '/books/v3/settings/workflows', rule), {
    status: 201,
    body: { workflow: { is_active: true } },
  })
  const listed = await call('GET', '/books/v3/settings/webhooks')
  t.match(listed.body, { webhooks: [{ url: 'https://a.example/' }] })
  t.notMatch(JSON.stringify(listed.body), 'twelveletters')
  t.match((await call('GET', '/inventory/v1/settings/webhooks')).body, { webhooks: [] })
})

t.test('what Zoho would refuse is refused', async (t) => {
  const { call } = await setUp(t)
  const good = { webhook_name: 'a', url: 'https://a.example/', method: 'POST' }
  for (const bad of [{ url: '' }, { webhook_name: 'x'.repeat(51) }, { method: 'GET' }, { secret: 'short' }])
    t.match(await call('POST', '/books/v3/settings/webhooks', { ...good, ...bad }), { status: 400, body: { code: 2 } })
  const rule = { workflow_name: 'r', entity: 'item', rule_type: 'deleted', actions: [] }
  for (const bad of [
    { entity: '' },
    { rule_type: 'sometimes' },
    { actions: [{ action_type: 'webhook', action_id: '1' }] },
  ])
    t.match(await call('POST', '/books/v3/settings/workflows', { ...rule, ...bad }), { status: 400 })
})
