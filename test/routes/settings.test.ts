import t from 'tap'
import { sql } from '../../db/index.ts'
import { bearer, keyWith, testApp } from './shell-fixture.ts'

const url = '/api/tds/settings'
const headers = bearer()

t.test('what is kept, told and judged by is one list; a change is checked, in force and told', async (t) => {
  const { app, db } = await testApp(t)
  const put = (name: string, value: unknown) =>
    app.inject({ method: 'PUT', url: `${url}/${name}`, headers, body: { value, reason: 'the auditors' } })
  const items = async () =>
    (await app.inject({ url, headers })).json().items as readonly { name: string; value: unknown; default: unknown }[]
  const inForce = async (name: string) => (await items()).find((each) => each.name === name)?.value
  t.equal(await inForce('retention.events_days'), 30)
  t.equal(await inForce('history.rows'), true)
  t.match(await inForce('alerts.thresholds.pending'), { warning: 50 })
  t.match((await put('retention.events_days', 60)).json(), { value: 60, default: 30, updated_by: 'key bootstrap' })
  t.match((await put('history.rows', false)).json(), { value: false, default: true })
  t.match((await put('alerts.thresholds.pending', { warning: 70 })).json(), { value: { warning: 70, critical: 200 } })
  t.equal(await inForce('retention.events_days'), 60)
  t.match((await put('retention.events_days', null)).json(), { value: 30, updated_by: null }, 'the default again')
  for (const [name, value, code] of [
    ['retention.events_days', 0, 'SETTING_INVALID'],
    ['history.rows', 'off', 'SETTING_INVALID'],
    ['alerts.thresholds.pending', { warning: 900 }, 'THRESHOLD_INVALID'],
    ['retention.colour_days', 3, 'SETTING_UNKNOWN'],
  ] as const)
    t.equal((await put(name, value)).json().code, code, name)
  const { rows } = await sql`select action, subject, reason from tds_audit_trail_operators order by id`.execute(db)
  t.match(rows, [
    { action: 'configuration.change', subject: 'retention.events_days', reason: 'the auditors' },
    { subject: 'history.rows' },
    { subject: 'alerts.thresholds.pending' },
    { subject: 'retention.events_days' },
  ])
  t.equal(rows.length, 4)
})

t.test('looking and changing are two scopes', async (t) => {
  const { app } = await testApp(t)
  const status = async (scope: Parameters<typeof keyWith>[0], method: 'GET' | 'PUT') => {
    const path = method === 'GET' ? url : `${url}/history.rows`
    const body = { value: true, reason: 'x' }
    return (await app.inject({ method, url: path, headers: bearer(keyWith(scope)), ...(method === 'PUT' && { body }) }))
      .statusCode
  }
  t.equal(await status('health:read', 'GET'), 200)
  t.equal(await status('stats:read', 'GET'), 403)
  t.equal(await status('health:read', 'PUT'), 403)
  t.equal(await status('config:write', 'PUT'), 200)
})
