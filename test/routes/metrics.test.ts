import t from 'tap'
import { createDatabase, sql } from '../../db/index.ts'
import { buildApp } from '../../src/app.ts'
import { createMonitor } from '../../src/monitor/index.ts'
import { parseExposition, sampleValue } from '../helpers/exposition.ts'
import { depsOf, seedDeadLetters, seedHealthy, seedQueue } from '../monitor/fixture.ts'
import { adminKey, bearer, contextOf, keyWith, metricsOf, testApp } from './shell-fixture.ts'

t.test('metrics are well-formed and hold what health holds', async (t) => {
  const { app, db } = await testApp(t)
  await seedHealthy(db)
  await seedQueue(db, { status: 'pending', count: 4 })
  await seedQueue(db, { status: 'failed', count: 2 })
  await seedDeadLetters(db, 3)
  await sql`insert into tds_verify_reports (entity_type, started_at, differences, findings, report)
    values ('products', now(), 5, 1, '{}')`.execute(db)
  const reply = await app.inject({ url: '/metrics', headers: bearer(keyWith('stats:read')) })
  t.equal(reply.statusCode, 200)
  t.match(reply.headers['content-type'], /^text\/plain; version=0\.0\.4/)
  const families = parseExposition(reply.body)
  const value = sampleValue(families)
  t.equal(value('tds_database_up'), 1)
  t.equal(value('tds_queue_items', { state: 'pending' }), 4)
  t.equal(value('tds_queue_items', { state: 'dead_letter' }), 3)
  t.equal(value('tds_dlq_items', { entity: 'products' }), 3)
  t.equal(value('tds_dlq_items', { entity: 'inventory_items' }), 0)
  t.equal(value('tds_reconcile_drift_rows', { entity: 'products', kind: 'difference' }), 5)
  t.equal(value('tds_zoho_budget_remaining', { window: 'minute', product: 'all' }), 83)
  t.equal(value('tds_zoho_budget_remaining', { window: 'day', product: 'inventory' }), 2020)
  t.equal(value('tds_build_info', { version: '1.2.3', node: process.version }), 1)
  t.ok((value('tds_last_success_timestamp_seconds', { entity: 'products' }) ?? 0) > Date.now() / 1000 - 400)
  t.ok((value('tds_worker_heartbeat_timestamp_seconds') ?? 0) > Date.now() / 1000 - 60)
  t.equal(value('tds_last_webhook_timestamp_seconds'), undefined, 'what never was is absent, not zero')
  t.equal(value('tds_last_success_timestamp_seconds', { entity: 'inventory_items' }), undefined)
  t.ok(value('process_start_time_seconds'), 'and how the process does')
})

t.test('names, types and labels keep to the rules of Prometheus', async (t) => {
  const { app } = await testApp(t)
  const { body } = await app.inject({ url: '/metrics', headers: bearer() })
  for (const { name, type, help, samples } of parseExposition(body).values()) {
    t.match(name, /^(tds_|http_request_duration_seconds$|process_|nodejs_)/, name)
    t.ok(help.length > 0, `${name} says what it is`)
    if (name.startsWith('tds_')) {
      t.equal(type === 'counter', name.endsWith('_total'), `${name} is a ${type}`)
      t.notMatch(name, /_(ms|milliseconds|minutes|hours|kb|mb|percent)(_|$)/, `${name} has a base unit`)
    }
    for (const { labels } of samples)
      for (const label of Object.keys(labels)) t.notMatch(label, /(^|_)id$/, `${name} has no id among its labels`)
  }
})

t.test('requests are counted by route pattern, webhooks by entity, never by what a stranger wrote', async (t) => {
  const { app } = await testApp(t)
  await app.inject({ url: '/api/tds/statistics/products', headers: bearer() })
  await app.inject({ url: '/api/tds/statistics/inventory_items', headers: bearer() })
  await app.inject({ url: '/nothing/here/4711' })
  await app.inject({ method: 'POST', url: '/api/tds/webhooks/items', body: '{}' })
  await app.inject({ method: 'POST', url: '/api/tds/webhooks/made-up', body: '{}' })
  const { body } = await app.inject({ url: '/metrics', headers: bearer() })
  const families = parseExposition(body)
  const value = sampleValue(families)
  const counted = (route: string, status: string, method = 'GET') =>
    value('http_request_duration_seconds_count', { method, route, status_code: status })
  t.equal(counted('/api/tds/statistics/:entity', '200'), 2)
  t.equal(counted('unmatched', '404'), 1)
  t.equal(counted('/api/tds/webhooks/:module', '401', 'POST'), 2)
  t.equal(value('tds_webhooks_received_total', { entity: 'products', result: 'bad_signature' }), 1)
  t.equal(value('tds_webhooks_received_total', { entity: 'unknown', result: 'bad_signature' }), 1)
  t.equal(value('tds_webhook_ack_seconds_count'), 2)
  t.notMatch(body, /4711|made-up/)
})

t.test('counters only grow from one look to the next', async (t) => {
  const { app } = await testApp(t)
  const look = async () => parseExposition((await app.inject({ url: '/metrics', headers: bearer() })).body)
  const before = await look()
  await app.inject({ url: '/api/tds/health' })
  const after = await look()
  for (const { name, type, samples } of before.values())
    for (const { name: sample, labels, value } of type === 'counter' || type === 'histogram' ? samples : [])
      t.ok((sampleValue(after)(sample, labels) ?? -1) >= value, `${name} ${JSON.stringify(labels)}`)
})

t.test('it needs a key with its scope', async (t) => {
  const { app } = await testApp(t)
  t.equal((await app.inject('/metrics')).statusCode, 401)
  t.equal((await app.inject({ url: '/metrics', headers: bearer(keyWith('health:read')) })).statusCode, 403)
})

t.test('without the database it says so, and still tells of the process', async (t) => {
  const away = createDatabase({
    connectionString: 'postgres://nobody@127.0.0.1:1/none',
    maxConnections: 2,
    statementTimeoutMs: 1000,
    applicationName: 'test',
  })
  t.teardown(() => away.close())
  const monitor = createMonitor(depsOf(away))
  const app = await buildApp(contextOf(away, { monitor, metrics: metricsOf(monitor) }))
  t.teardown(() => app.close())
  const reply = await app.inject({ url: '/metrics', headers: bearer(adminKey) })
  t.equal(reply.statusCode, 200)
  const value = sampleValue(parseExposition(reply.body))
  t.equal(value('tds_database_up'), 0)
  t.equal(value('tds_health', { status: 'unhealthy' }), 1)
  t.equal(value('tds_queue_items', { state: 'pending' }), undefined)
  t.ok(value('process_start_time_seconds'))
})

t.test('many who ask at once get whole answers of one reading', async (t) => {
  const { app, db } = await testApp(t)
  await seedQueue(db, { status: 'pending', count: 4 })
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => app.inject({ url: '/metrics', headers: bearer() })),
  )
  for (const { body } of replies)
    t.equal(sampleValue(parseExposition(body))('tds_queue_items', { state: 'pending' }), 4)
})
