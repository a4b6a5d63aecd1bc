import t from 'tap'
import { createDatabase } from '../../db/index.ts'
import { buildApp } from '../../src/app.ts'
import { createMonitor } from '../../src/monitor/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { depsOf, seedDeadLetters, seedHealthy, testClock } from '../monitor/fixture.ts'
import { bearer, contextOf, keyWith, testApp } from './shell-fixture.ts'

const url = '/api/tds/health'

t.test('anyone gets exactly the public shape', async (t) => {
  const { app, db } = await testApp(t)
  await seedHealthy(db)
  const reply = await app.inject(url)
  t.equal(reply.statusCode, 200)
  t.match(reply.headers['content-type'], 'application/json')
  t.equal(reply.headers['cache-control'], 'no-store')
  const { last_sync, ...rest } = reply.json()
  t.same(rest, {
    status: 'healthy',
    queue: { pending: 0, processing: 0, failed: 0, dead_letter: 0 },
    stats: { total_synced_24h: 0, success_rate: 100 },
  })
  t.match(last_sync.products, /Z$/)
})

t.test('who accepts application/health+json is answered with it', async (t) => {
  const { app, db } = await testApp(t)
  await seedHealthy(db)
  const ask = (accept: string) => app.inject({ url, headers: { accept } })
  for (const accept of ['application/health+json', 'application/json;q=0.5, Application/Health+JSON']) {
    const reply = await ask(accept)
    t.match(reply.headers['content-type'], /^application\/health\+json/, accept)
    t.equal(reply.json().status, 'healthy')
  }
  t.match((await ask('*/*')).headers['content-type'], /^application\/json/)
})

t.test('live is 503 after the process stood still, or while a loop of its workers hangs', async (t) => {
  let passSeconds = 0
  const database = await testDatabase(t)
  const clock = testClock()
  const monitor = createMonitor(depsOf(database, { clock, passSeconds: () => passSeconds }))
  t.teardown(() => monitor.stop())
  const { app } = await testApp(t, { monitor })
  const live = async () => {
    const reply = await app.inject(`${url}/live`)
    return [reply.statusCode, ...reply.json().reasons]
  }
  t.same(await live(), [200])
  monitor.start()
  clock.forward(31_000)
  t.same(await live(), [503, 'the process stood still for 31 s'])
  await monitor.stop()
  const again = createMonitor(depsOf(database, { clock, passSeconds: () => passSeconds }))
  t.same(again.stalled(), [], 'another process knows nothing of it')
  passSeconds = 301
  t.same(again.stalled(), ['a worker loop hangs for 301 s'])
})

t.test('degraded is 200, unhealthy is 503, and it recovers', async (t) => {
  const { app, db, clock } = await testApp(t)
  await seedHealthy(db)
  const look = async () => {
    clock.forward(1001)
    const reply = await app.inject(url)
    return [reply.statusCode, reply.json().status]
  }
  await seedDeadLetters(db, 1)
  t.same(await look(), [200, 'degraded'])
  await db.deleteFrom('tds_dead_letter_queue').execute()
  await seedDeadLetters(db, 21)
  t.same(await look(), [503, 'unhealthy'])
  await db.deleteFrom('tds_dead_letter_queue').execute()
  t.same(await look(), [200, 'healthy'])
})

t.test('a key with health:read sees why; another key sees the public shape; a wrong key is refused', async (t) => {
  const { app, db } = await testApp(t)
  await seedHealthy(db)
  await seedDeadLetters(db, 1)
  const ask = (key: string) => app.inject({ url, headers: bearer(key) })
  const detailed = (await ask(keyWith('health:read'))).json()
  t.match(detailed, {
    status: 'degraded',
    version: '1.2.3',
    reasons: [{ code: 'dead_letters', runbook: 'docs/runbook.md#dead-letters' }],
    summary: { dead_letters: 1 },
    checks: { dead_letters: { status: 'warn' } },
  })
  t.same(Object.keys((await ask(keyWith('dlq:read'))).json()), ['status', 'queue', 'last_sync', 'stats'])
  const wrong = await ask('tds_wrong')
  t.equal(wrong.statusCode, 401)
  t.equal(wrong.json().code, 'KEY_INVALID')
})

t.test('without a database health is 503 with nulls, ready is 503 and live is 200', async (t) => {
  const away = createDatabase({
    connectionString: 'postgres://nobody@127.0.0.1:1/nowhere',
    maxConnections: 2,
    statementTimeoutMs: 0,
    applicationName: 'away',
  })
  t.teardown(away.close)
  const app = await buildApp(contextOf(away))
  t.teardown(() => app.close())
  const health = await app.inject(url)
  t.equal(health.statusCode, 503)
  t.same(health.json(), {
    status: 'unhealthy',
    queue: { pending: null, processing: null, failed: null, dead_letter: null },
    last_sync: { products: null, inventory_items: null, product_images: null },
    stats: { total_synced_24h: null, success_rate: null },
  })
  t.equal((await app.inject(`${url}/ready`)).statusCode, 503)
  t.match((await app.inject(`${url}/ready`)).json(), { ready: false, reasons: [/database does not answer/] })
  const live = await app.inject(`${url}/live`)
  t.same([live.statusCode, live.json()], [200, { live: true, reasons: [] }])
  t.equal((await app.inject('/product-images/123')).statusCode, 200, 'images are served')
  const dlq = await app.inject({ url: '/api/tds/dlq', headers: bearer() })
  t.equal(dlq.statusCode, 503)
  t.equal(dlq.json().code, 'DATABASE_AWAY')
  t.equal(dlq.headers['retry-after'], '5')
})

t.test('ready is 200 when the database answers', async (t) => {
  const { app } = await testApp(t)
  const reply = await app.inject(`${url}/ready`)
  t.same([reply.statusCode, reply.json()], [200, { ready: true, reasons: [] }])
})
