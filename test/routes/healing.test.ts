import t from 'tap'
import { letter } from '../dead-letters/setup.ts'
import { queue, succeeded, trail } from '../healing/setup.ts'
import { bearer, keyWith, testApp } from './shell-fixture.ts'

const url = '/api/tds/healing'
const headers = bearer()

t.test('the list names every action with its switch, its limits and what it did', async (t) => {
  const { app } = await testApp(t)
  const { items, total, next } = (await app.inject({ url, headers })).json()
  t.same([total, next], [8, null])
  t.match(items[2], {
    action: 'dead-letters-outage',
    done_by: 'leader',
    enabled: true,
    every_seconds: 120,
    limit: 50,
    healed_24h: 0,
    given_up: 0,
    last_healed_at: null,
    last_pass: null,
  })
})

t.test('an action is run now, within its limits, and the list and the trail say so', async (t) => {
  const { app, db } = await testApp(t)
  await letter(db, { error_code: 'ZOHO_SERVER', ago: '1 hour' })
  await succeeded(db, 'inventory', 'products.list')
  const run = (body: object) => app.inject({ method: 'POST', url: `${url}/dead-letters-outage/run`, headers, body })
  t.match((await run({ dry_run: true })).json(), { found: 1, healed: 0, dry_run: true, samples: ['products 1'] })
  t.match((await run({})).json(), { found: 1, healed: 1, dry_run: false })
  t.same(await queue(db), ['products 1 read bulk'])
  const { items } = (await app.inject({ url, headers })).json()
  t.match(items[2], { healed_24h: 1, last_healed_at: /Z$/, last_pass: { at: /Z$/, found: 1, healed: 1 } })
  t.equal((await trail(db)).length, 1)
})

t.test('a switch and its limits are changed with a reason, and what cannot be is refused by name', async (t) => {
  const { app, db } = await testApp(t)
  const put = (action: string, body: object) => app.inject({ method: 'PUT', url: `${url}/${action}`, headers, body })
  t.match((await put('token', { enabled: false, reason: 'maintenance' })).json(), {
    action: 'token',
    enabled: false,
    updated_by: 'key bootstrap',
    updated_at: /Z$/,
  })
  t.match(await db.selectFrom('tds_audit_trail').selectAll().execute(), [
    {
      actor: 'key bootstrap',
      action: 'configuration.change',
      subject: 'healing.token',
      reason: 'maintenance',
      before: { enabled: true },
      after: { enabled: false },
    },
  ])
  const codes = async (action: string, body: object) => {
    const reply = await put(action, body)
    return [reply.statusCode, reply.json().code]
  }
  t.same(await codes('token', { limit: -1, reason: 'x' }), [400, 'HEALING_SETTING_INVALID'])
  t.same(await codes('expired-leases', { every_seconds: 60, reason: 'x' }), [400, 'HEALING_SETTING_INVALID'])
  t.same(await codes('world', { enabled: false, reason: 'x' }), [404, 'HEALING_ACTION_UNKNOWN'])
  t.same((await codes('token', { enabled: false }))[0], 400, 'a reason is asked for')
  const run = await app.inject({ method: 'POST', url: `${url}/token/run`, headers, body: {} })
  t.same([run.statusCode, run.json().code], [409, 'HEALING_OFF'])
  const inPlace = await app.inject({ method: 'POST', url: `${url}/stuck-runs/run`, headers, body: {} })
  t.same([inPlace.statusCode, inPlace.json().code], [409, 'HEALING_IN_PLACE'])
})

t.test('looking, switching and running are three scopes', async (t) => {
  const { app } = await testApp(t)
  const status = async (
    method: 'GET' | 'PUT' | 'POST',
    path: string,
    scope: 'health:read' | 'config:write' | 'queue:control',
  ) =>
    (
      await app.inject({
        method,
        url: `${url}${path}`,
        headers: bearer(keyWith(scope)),
        body: method === 'GET' ? '' : { dry_run: true },
      })
    ).statusCode
  t.equal(await status('GET', '', 'health:read'), 200)
  t.equal(await status('PUT', '/token', 'health:read'), 403)
  t.equal(await status('PUT', '/token', 'queue:control'), 403)
  t.equal(await status('POST', '/token/run', 'config:write'), 403)
  t.equal(await status('POST', '/token/run', 'queue:control'), 200)
})
