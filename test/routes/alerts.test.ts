import t from 'tap'
import { sql } from '../../db/index.ts'
import { createAlerts } from '../../src/alerts/index.ts'
import { loadConfig } from '../../src/config.ts'
import { httpReceiver, mailServer } from '../alerts/receivers.ts'
import { seedDeadLetters, seedHealthy } from '../monitor/fixture.ts'
import { alertsDeps, bearer, keyWith, testApp } from './shell-fixture.ts'

const url = '/api/tds/alerts'
const headers = bearer()

async function seedAlert(
  db: Parameters<typeof seedHealthy>[0],
  fingerprint: string,
  severity: string,
  status = 'open',
) {
  await sql`
    insert into tds_alerts (fingerprint, severity, status, title, message, resolved_at)
    values (${fingerprint}, ${severity}, ${status}, 'Title', 'Message', case when ${status} = 'resolved' then now() end)`.execute(
    db,
  )
}

t.test('alerts are listed newest first, by filter and page by page', async (t) => {
  const { app, db } = await testApp(t)
  await seedAlert(db, 'a', 'warning', 'resolved')
  await seedAlert(db, 'b', 'critical')
  await seedAlert(db, 'c', 'warning', 'acknowledged')
  const list = async (query: string) => {
    const { items, total, next } = (await app.inject({ url: `${url}${query}`, headers })).json()
    return [items.map((each: { fingerprint: string }) => each.fingerprint).join(''), total, next]
  }
  t.same(await list(''), ['cba', 3, null])
  t.same(await list('?open=true'), ['cb', 2, null])
  t.same(await list('?open=false'), ['a', 1, null])
  t.same(await list('?severity=critical'), ['b', 1, null])
  t.same(await list('?status=acknowledged'), ['c', 1, null])
  t.same(await list('?fingerprint=a'), ['a', 1, null])
  t.same(await list('?limit=2'), ['cb', 3, 2])
  t.same(await list('?limit=2&after=2'), ['a', 3, null])
  t.equal((await app.inject({ url: `${url}?severity=loud`, headers })).statusCode, 400)
})

t.test('an open alert is acknowledged once, and the trail says by whom', async (t) => {
  const { app, db } = await testApp(t)
  await seedAlert(db, 'a', 'warning')
  const acknowledge = (id: number) =>
    app.inject({ method: 'POST', url: `${url}/${id}/acknowledge`, headers, body: { note: 'on it' } })
  t.match((await acknowledge(1)).json(), {
    status: 'acknowledged',
    acknowledged_by: 'key bootstrap',
    acknowledged_at: /Z$/,
  })
  const again = await acknowledge(1)
  t.same([again.statusCode, again.json().code], [409, 'ALERT_NOT_OPEN'])
  const absent = await acknowledge(9)
  t.same([absent.statusCode, absent.json().code], [404, 'ALERT_UNKNOWN'])
  t.match(await db.selectFrom('tds_audit_trail').selectAll().execute(), [
    {
      action: 'alerts.acknowledge',
      actor: 'key bootstrap',
      subject: 'alert 1',
      reason: 'on it',
      after: { status: 'acknowledged' },
    },
  ])
})

t.test('from a dead letter to the notice: what health sees opens an alert, and its deliveries are shown', async (t) => {
  const { received, url: slackUrl } = await httpReceiver(t)
  const { app, db } = await testApp(t)
  await seedHealthy(db)
  await seedDeadLetters(db, 1)
  const alerts = createAlerts(alertsDeps({ db }, { settings: { ...loadConfig({}).alerts, slackUrl } }))
  await alerts.look()
  await alerts.deliver()
  t.equal(received.length, 1)
  const { items } = (await app.inject({ url: `${url}?open=true`, headers })).json()
  t.match(items, [{ fingerprint: 'dead-letters', severity: 'warning', status: 'open', notified_at: /Z$/ }])
  const one = (await app.inject({ url: `${url}/${items[0].id}`, headers })).json()
  t.match(one, {
    fingerprint: 'dead-letters',
    deliveries: [{ channel: 'slack', kind: 'opened', status: 'sent', attempt: 1 }],
  })
  const health = (await app.inject({ url: '/api/tds/health', headers })).json()
  t.equal(health.summary.alerts_open, 1)
})

t.test('a test says of each channel what happened', async (t) => {
  const [mail, slack, hook] = [await mailServer(t), await httpReceiver(t), await httpReceiver(t)]
  slack.answers.status = 410
  const { db } = await testApp(t)
  const settings = {
    ...loadConfig({}).alerts,
    smtpUrl: mail.url(),
    emailFrom: 'tds@example.com',
    emailTo: ['ops@example.com'],
    slackUrl: `${slack.url}/services/secret`,
    webhookUrl: hook.url,
    webhookSecret: 'x',
  }
  const { app, db: trail } = await testApp(t, { alerts: createAlerts(alertsDeps({ db }, { settings })) })
  const reply = await app.inject({ method: 'POST', url: `${url}/test`, headers })
  t.equal(reply.statusCode, 200)
  t.match(reply.json().channels, [
    { channel: 'email', ok: true, error: null },
    { channel: 'slack', ok: false, error: 'the receiver answered 410' },
    { channel: 'webhook', ok: true, error: null },
  ])
  t.notMatch(reply.body, 'secret')
  t.match(mail.mails[0]?.text, 'Nothing is wrong')
  t.match(JSON.parse(hook.received[0]?.body ?? ''), { kind: 'test', alert: { id: null } })
  t.equal((await db.selectFrom('tds_alerts').selectAll().execute()).length, 0)
  t.match(await db.selectFrom('tds_audit_trail').selectAll().execute(), [
    { action: 'alerts.test', actor: 'key bootstrap' },
  ])
  t.same(await trail.selectFrom('tds_audit_trail').selectAll().execute(), [])
})

t.test('without a channel the test answers that there is none', async (t) => {
  const { app } = await testApp(t)
  t.same((await app.inject({ method: 'POST', url: `${url}/test`, headers })).json(), { channels: [] })
})

t.test('thresholds are listed with their defaults and changed one by one, with a reason', async (t) => {
  const { app, db } = await testApp(t)
  const put = (name: string, body: object) =>
    app.inject({ method: 'PUT', url: `${url}/thresholds/${name}`, headers, body })
  const get = async (name: string) => {
    const { items } = (await app.inject({ url: `${url}/thresholds`, headers })).json()
    return items.find((each: { name: string }) => each.name === name)
  }
  t.match(await get('pending'), { value: { warning: 50, critical: 200 }, updated_at: null })
  const reply = await put('pending', { value: { warning: 80 }, reason: 'season' })
  t.equal(reply.statusCode, 200)
  t.match(reply.json(), {
    value: { warning: 80, critical: 200 },
    default: { warning: 50 },
    updated_by: 'key bootstrap',
  })
  t.match(await get('pending'), { value: { warning: 80, critical: 200 }, updated_at: /Z$/ })
  t.match(await db.selectFrom('tds_configuration').selectAll().execute(), [{ key: 'alerts.thresholds.pending' }])
  t.equal((await put('pending', { value: null, reason: 'season is over' })).json().value.warning, 50)
  t.match(await db.selectFrom('tds_audit_trail').selectAll().orderBy('id').execute(), [
    {
      action: 'configuration.change',
      subject: 'alerts.thresholds.pending',
      reason: 'season',
      before: { value: { warning: 50, critical: 200 } },
      after: { value: { warning: 80, critical: 200 } },
    },
    { before: { value: { warning: 80 } }, after: { value: { warning: 50 } } },
  ])
})

t.test('a changed threshold judges at once', async (t) => {
  const { app, db, clock } = await testApp(t)
  await seedHealthy(db)
  await seedDeadLetters(db, 1)
  const status = async () => (await app.inject({ url: '/api/tds/health' })).json().status
  t.equal(await status(), 'degraded')
  const body = { value: { warning: 5 }, reason: 'known ones' }
  await app.inject({ method: 'PUT', url: `${url}/thresholds/dead_letter`, headers, body })
  clock.forward(1001)
  t.equal(await status(), 'healthy')
})

const refused: readonly [string, string, unknown, number, RegExp][] = [
  ['a name that is none', 'pendign', 5, 404, /There is no threshold pendign; there are pending/],
  ['a number for a pair', 'pending', 5, 400, /^pending cannot be this: .*expected object/i],
  ['words', 'pending', { warning: 'many' }, 400, /warning: .*expected number/i],
  ['a part that is none', 'pending', { warn: 5 }, 400, /warn/],
  ['a negative number', 'failed', { warning: -1 }, 400, /warning: /],
  ['critical below warning', 'pending', { warning: 300 }, 400, /critical must not be below warning/],
  ['more than all calls', 'day_quota_percent', 101, 400, /day_quota_percent cannot be this/],
  ['reminders without end', 'renotify_seconds', { warning: 1 }, 400, /warning: /],
]

for (const [what, name, value, status, words] of refused) {
  t.test(`${what} is refused with ${status}, and nothing changes`, async (t) => {
    const { app, db } = await testApp(t)
    const body = { value, reason: 'because' }
    const reply = await app.inject({ method: 'PUT', url: `${url}/thresholds/${name}`, headers, body })
    t.equal(reply.statusCode, status)
    t.match(reply.json(), { code: status === 404 ? 'THRESHOLD_UNKNOWN' : 'THRESHOLD_INVALID', detail: words })
    t.same(await db.selectFrom('tds_configuration').selectAll().execute(), [])
    t.same(await db.selectFrom('tds_audit_trail').selectAll().execute(), [])
  })
}

t.test('a change wants a reason and the scope config:write', async (t) => {
  const { app } = await testApp(t)
  const put = (key: Record<string, string>, body: object) =>
    app.inject({ method: 'PUT', url: `${url}/thresholds/failed`, headers: key, body })
  t.match((await put(headers, { value: { warning: 20 } })).json(), { code: 'VALIDATION' })
  const body = { value: { warning: 20 }, reason: 'x' }
  t.equal((await put(bearer(keyWith('health:read')), body)).statusCode, 403)
  t.equal((await put(bearer(keyWith('config:write')), body)).statusCode, 200)
})
