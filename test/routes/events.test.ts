import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import t, { type Test } from 'tap'
import { eventRoutes } from '../../routes/events.ts'
import { problems } from '../../src/plugins/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { incoming } from '../inbox/records.ts'
import { inboxOver } from '../inbox/setup.ts'

async function serve(t: Test) {
  const { inbox } = inboxOver(t, await testDatabase(t))
  const app = Fastify()
  const scopes = new Map<string, unknown>()
  app.addHook('onRoute', ({ method, url, config }) => {
    scopes.set(`${method} ${url}`, config?.scope)
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(problems)
  await app.register(eventRoutes, { ctx: { inbox } })
  t.teardown(() => app.close())
  return { app, inbox, scopes }
}

t.test('the list pages through all events and counts them', async (t) => {
  const { app, inbox } = await serve(t)
  for (let n = 0; n < 3; n += 1) await inbox.receive(incoming())
  const first = (await app.inject('/api/tds/events?limit=2')).json()
  t.match(first, { items: [{ module: 'products', status: 'received', reason: null }, {}], total: 3 })
  const second = (await app.inject(`/api/tds/events?limit=2&after=${first.next}`)).json()
  t.match(second, { items: [{}], total: 3, next: null })
  t.match((await app.inject('/api/tds/events?status=parked&module=products')).json(), { items: [], total: 0 })
})

t.test('one event shows its payload without losing a digit', async (t) => {
  const { app, inbox } = await serve(t)
  const body = '{"item":{"item_id":12345678901234567891,"rate":1.10}}'
  const { eventId } = await inbox.receive(incoming({ body: Buffer.from(body) }))
  const reply = await app.inject(`/api/tds/events/${eventId}`)
  t.match(reply.json(), { event_id: eventId, payload: { body, encoding: 'utf8', bytes: body.length } })
})

t.test('what is not there is 404, and what is no id is 400', async (t) => {
  const { app } = await serve(t)
  const missing = await app.inject('/api/tds/events/0190a1b2-0000-7000-8000-000000000000')
  t.equal(missing.statusCode, 404)
  t.match(missing.json(), { code: 'EVENT_NOT_FOUND' })
  t.equal((await app.inject('/api/tds/events/1')).statusCode, 400)
  t.equal((await app.inject('/api/tds/events?limit=1000')).statusCode, 400)
})

t.test('a replay says how many events are promoted again, and wants ids or a time, and a reason', async (t) => {
  const { app, inbox } = await serve(t)
  const { eventId } = await inbox.receive(incoming())
  const replay = async (payload: object) =>
    (await app.inject({ method: 'POST', url: '/api/tds/events/replay', payload })).json()
  const waiting = { count: 0, records: 0, parked: 0 }
  t.same(await replay({ ids: [eventId], reason: 'x' }), waiting, 'it waits to be promoted anyway')
  t.same(await replay({ from: '2026-01-01T00:00:00Z', module: 'products', reason: 'x' }), waiting)
  t.match(await replay({ ids: [eventId], reason: 'x', dry_run: true }), { ...waiting, items: [], changes: [] })
  for (const wrong of [{ ids: [] }, { ids: [eventId] }, { reason: 'x' }, { reason: 'x', module: 'products' }])
    t.match(await replay(wrong), { code: 'VALIDATION' })
  t.match(await replay({ ids: [eventId], from: '2026-01-01T00:00:00Z', reason: 'x' }), { code: 'VALIDATION' })
})

t.test('reading a payload and replaying need more than reading the list', async (t) => {
  const { scopes } = await serve(t)
  t.equal(scopes.get('GET /api/tds/events'), 'stats:read')
  t.equal(scopes.get('GET /api/tds/events/:id'), 'payload:read')
  t.equal(scopes.get('POST /api/tds/events/replay'), 'queue:control')
})
