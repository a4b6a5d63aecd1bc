import t from 'tap'
import { seedCounter, seedHealthy } from '../monitor/fixture.ts'
import { bearer, keyWith, testApp } from './shell-fixture.ts'

t.test('statistics of everything and of one entity agree', async (t) => {
  const { app, db } = await testApp(t)
  await seedHealthy(db)
  await seedCounter(db, 'written', 'products', 3, '1 minute')
  const headers = bearer(keyWith('stats:read'))
  const all = await app.inject({ url: '/api/tds/statistics', headers })
  t.equal(all.statusCode, 200)
  t.equal(all.json().status, 'healthy')
  t.same(Object.keys(all.json().entities), ['products', 'inventory_items', 'product_images'])
  t.equal(all.json().entities.products.last_24h.written, 3)
  const one = await app.inject({ url: '/api/tds/statistics/products', headers })
  t.same(one.json(), all.json().entities.products)
})

t.test('an unknown entity is 404', async (t) => {
  const { app } = await testApp(t)
  const reply = await app.inject({ url: '/api/tds/statistics/unicorns', headers: bearer() })
  t.equal(reply.statusCode, 404)
  t.equal(reply.json().code, 'ENTITY_UNKNOWN')
})

t.test('history takes a range, by default the last hour', async (t) => {
  const { app, db } = await testApp(t)
  await seedCounter(db, 'written', 'products', 3, '30 minutes')
  await seedCounter(db, 'written', 'products', 5, '2 hours')
  const ask = async (query: Record<string, string>) =>
    app.inject({ url: '/api/tds/statistics/history', query, headers: bearer() })
  t.match((await ask({})).json(), { step_seconds: 60, points: [{ values: { written: 3 } }] })
  const from = new Date(Date.now() - 3 * 3_600_000).toISOString()
  t.equal((await ask({ from })).json().points.length, 2)
  t.same((await ask({ from, entity: 'customers' })).json().points, [])
  t.equal((await ask({ from: '2020-01-01T00:00:00Z' })).json().code, 'HISTORY_RANGE')
  const wrong = await ask({ from: 'yesterday' })
  t.equal(wrong.statusCode, 400)
  t.match(wrong.json(), { code: 'VALIDATION', errors: [{ pointer: '/querystring/from' }] })
})
