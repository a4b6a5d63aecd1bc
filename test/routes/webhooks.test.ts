import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import t, { type Test } from 'tap'
import type { OpenDatabase } from '../../db/index.ts'
import { webhookRoutes } from '../../routes/webhooks.ts'
import type { InboxOptions } from '../../src/inbox/index.ts'
import { problems } from '../../src/plugins/index.ts'
import { testDatabase, testServer } from '../helpers/database.ts'
import { byId, eventsIn, inboxOver, webhookKey } from '../inbox/setup.ts'

const secret = 'aSigningSecret12'
const maxBytes = 4_096
const url = '/api/tds/webhooks/products'
const payload = '{"item":{"item_id":"12345678901234567891","last_modified_time":"2026-03-01T10:00:00+0300"}}'
const keyed = { 'x-webhook-key': webhookKey }
const sign = (...parts: readonly string[]) => createHmac('sha256', secret).update(parts.join('')).digest('hex')

async function serve(t: Test, database: OpenDatabase, over: Partial<InboxOptions> = {}): Promise<FastifyInstance> {
  const webhook = { secrets: [secret], key: webhookKey, observe: false, maxBytes }
  const { inbox } = inboxOver(t, database, { webhook, ...over })
  const app = Fastify()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(problems)
  await app.register(webhookRoutes, { ctx: { inbox, config: { webhook } } })
  t.teardown(() => app.close())
  return app
}

t.test('the reply says what was kept, and a repeat gets the id of the first', async (t) => {
  const database = await testDatabase(t)
  const app = await serve(t, database)
  const headers = { ...keyed, 'content-type': 'application/json' }
  const first = await app.inject({ method: 'POST', url, headers, payload })
  t.equal(first.statusCode, 200)
  const reply = first.json()
  t.same(Object.keys(reply).toSorted(), ['event_id', 'idempotency_key', 'message', 'queued', 'success'])
  t.match(reply, { success: true, queued: true })
  const second = (await app.inject({ method: 'POST', url, headers, payload })).json()
  t.match(second, { success: true, queued: false, event_id: reply.event_id, idempotency_key: reply.idempotency_key })
  t.equal(byId(await eventsIn(database), reply.event_id)?.body?.toString(), payload)
})

t.test('POST, PUT and DELETE work with any content type and with none, never 415', async (t) => {
  const database = await testDatabase(t)
  const app = await serve(t, database)
  const types = [
    'application/json',
    'application/x-www-form-urlencoded',
    'text/plain; charset=utf-8',
    'multipart/form-data',
    'nonsense',
    '',
    ';;',
    'a/b/c',
    undefined,
  ]
  let sent = 0
  for (const method of ['POST', 'PUT', 'DELETE'] as const) {
    for (const type of types) {
      sent += 1
      const headers = type === undefined ? keyed : { ...keyed, 'content-type': type }
      const reply = await app.inject({ method, url, headers, payload: `{"n":${sent}}` })
      t.equal(reply.statusCode, 200, `${method} ${type}`)
      t.equal(byId(await eventsIn(database), reply.json().event_id)?.body?.toString(), `{"n":${sent}}`)
    }
  }
})

t.test("an empty body, as of Zoho's Test button, is kept", async (t) => {
  const database = await testDatabase(t)
  const app = await serve(t, database)
  t.equal((await app.inject({ method: 'POST', url, headers: keyed })).statusCode, 200)
  const headers = { ...keyed, 'content-type': 'application/json' }
  t.equal((await app.inject({ method: 'POST', url, headers, payload: '' })).statusCode, 200)
  t.same(
    (await eventsIn(database)).map((row) => row.body?.length),
    [0, 0],
  )
})

t.test('a signature over the query and the body as Zoho makes it is admitted, repeated pairs included', async (t) => {
  const database = await testDatabase(t)
  const app = await serve(t, database)
  const query = '?event=edited&name=%D8%B4+1&event=again'
  const signature = sign('eventeditedeventagainnameش 1', payload)
  const reply = await app.inject({
    method: 'POST',
    url: url + query,
    headers: { 'x-zoho-webhook-signature': signature, 'content-type': 'application/json' },
    payload,
  })
  t.equal(reply.statusCode, 200)
})

t.test('a form is signed by its pairs, whatever stands in the query', async (t) => {
  const app = await serve(t, await testDatabase(t))
  const reply = await app.inject({
    method: 'POST',
    url: `${url}?event=edited`,
    headers: {
      'x-zoho-webhook-signature': sign('JSONString{"item_id":1}eventedited'),
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: 'JSONString=%7B%22item_id%22%3A1%7D',
  })
  t.equal(reply.statusCode, 200)
})

t.test('forged, unsigned and wrongly keyed webhooks get the same 401 and leave nothing behind', async (t) => {
  const database = await testDatabase(t)
  const app = await serve(t, database)
  const attempts = [
    {},
    { 'x-webhook-key': 'wrong' },
    { 'x-zoho-webhook-signature': sign(payload).replace(/^./, (c) => (c === '0' ? '1' : '0')) },
    { 'x-zoho-webhook-signature': secret },
    { authorization: `Bearer ${webhookKey}` },
  ]
  const bodies = new Set<string>()
  for (const headers of attempts) {
    const reply = await app.inject({ method: 'POST', url, headers, payload })
    t.equal(reply.statusCode, 401)
    t.match(reply.headers['content-type'], 'application/problem+json')
    const { instance: _, ...problem } = reply.json()
    bodies.add(JSON.stringify(problem))
  }
  t.equal(bodies.size, 1)
  t.match([...bodies][0], 'WEBHOOK_UNAUTHORIZED')
  t.same(await eventsIn(database), [])
})

t.test('with neither secret nor key configured everything is refused', async (t) => {
  const app = await serve(t, await testDatabase(t), { webhook: { secrets: [], key: undefined, observe: true } })
  for (const headers of [{}, { 'x-webhook-key': '' }, { 'x-webhook-key': 'undefined' }, keyed]) {
    t.equal((await app.inject({ method: 'POST', url, headers, payload })).statusCode, 401)
  }
})

t.test('the key works in the query and is not stored', async (t) => {
  const database = await testDatabase(t)
  const app = await serve(t, database)
  const reply = await app.inject({ method: 'POST', url: `${url}?event=edited&key=${webhookKey}&tag=1`, payload })
  t.equal(reply.statusCode, 200)
  const { rows } = await database.pool.query(
    'select e.event, p.* from tds_inbox_events e join tds_inbox_payloads p using (event_id)',
  )
  t.match(rows, [{ event: 'edited', query: { event: 'edited', tag: '1' }, auth_method: 'key-query' }])
  t.notMatch(JSON.stringify(rows), webhookKey)
})

t.test('a repeated or broken query changes nothing', async (t) => {
  const app = await serve(t, await testDatabase(t))
  for (const query of ['?event=a&event=b&key=x&key=y', '?%', '?event=%00%zz', '?__proto__=1', '?=&&']) {
    t.equal((await app.inject({ method: 'POST', url: url + query, headers: keyed, payload })).statusCode, 200, query)
  }
})

t.test('unknown modules are kept, and what is no module name is 404', async (t) => {
  const database = await testDatabase(t)
  const app = await serve(t, database)
  const status = async (module: string) =>
    (await app.inject({ method: 'POST', url: `/api/tds/webhooks/${module}`, headers: keyed, payload })).statusCode
  t.equal(await status('pigeons'), 200)
  t.equal(await status('vendor-credit_2'), 200)
  t.equal(await status('a'.repeat(64)), 200)
  for (const bad of ['a'.repeat(65), 'a.b', 'a%20b', 'Products', 'products/1', '']) t.equal(await status(bad), 404, bad)
  t.equal((await eventsIn(database)).length, 3)
})

t.test('the test address answers 200 to anybody and stores nothing', async (t) => {
  const database = await testDatabase(t)
  const app = await serve(t, database)
  for (const method of ['POST', 'PUT', 'DELETE'] as const) {
    const headers = { 'content-type': 'nonsense' }
    const reply = await app.inject({ method, url: '/api/tds/webhooks/test', headers, payload: '{broken' })
    t.equal(reply.statusCode, 200)
    t.match(reply.json(), { success: true })
  }
  t.same(await eventsIn(database), [])
})

t.test('a body beyond the limit is 413, declared or not; one at the limit is kept', async (t) => {
  const database = await testDatabase(t)
  const app = await serve(t, database)
  const post = (size: number) => app.inject({ method: 'POST', url, headers: keyed, payload: Buffer.alloc(size, 'x') })
  t.equal((await post(maxBytes)).statusCode, 200)
  const refused = await post(maxBytes + 1)
  t.equal(refused.statusCode, 413)
  t.match(refused.json(), { code: 'BODY_TOO_LARGE' })
  const { port, hostname } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), hostname)
  const chunk = `1000\r\n${'x'.repeat(4_096)}\r\n`
  socket.write(`POST ${url} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`)
  t.match(await text(socket), /^HTTP\/1\.1 413/)
  t.equal((await eventsIn(database)).length, 1)
})

t.test('an address that is refused too often is put off; good webhooks of the same address never are', async (t) => {
  const app = await serve(t, await testDatabase(t))
  const post = (headers: Record<string, string>) => app.inject({ method: 'POST', url, headers, payload })
  const statuses: number[] = []
  for (let n = 0; n < 70; n += 1) statuses.push((await post({ 'x-webhook-key': 'wrong' })).statusCode)
  t.equal(statuses.filter((status) => status === 401).length, 60)
  const last = await post({ 'x-webhook-key': 'wrong' })
  t.equal(last.statusCode, 429)
  t.ok(Number(last.headers['retry-after']) > 0)
  for (let n = 0; n < 70; n += 1) t.equal((await post(keyed)).statusCode, 200)
})

t.test('503 with Retry-After only when neither database nor spool takes it', async (t) => {
  const server = await testServer(t)
  const app = await serve(t, server, { spool: { dir: t.testdir({}), maxBytes: 1_000 } })
  await server.stop()
  const post = () => app.inject({ method: 'POST', url, headers: keyed, payload })
  t.match((await post()).json(), { success: true, queued: true })
  const full = await post()
  t.equal(full.statusCode, 503)
  t.equal(full.headers['retry-after'], '30')
  t.match(full.json(), { code: 'INBOX_SPOOL_FULL' })
})

t.test('two thousand webhooks over real connections are answered 200 and stored once each', async (t) => {
  const database = await testDatabase(t)
  const app = await serve(t, database)
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const ids = new Set<string>()
  let next = 0
  const sender = async () => {
    while (next < 2_000) {
      next += 1
      const body = JSON.stringify({ item: { item_id: String(next) } })
      const reply = await fetch(address + url, { method: 'POST', headers: keyed, body })
      if (reply.status !== 200) throw new Error(`answered ${reply.status}`)
      const { event_id }: { event_id?: string } = Object(await reply.json())
      ids.add(event_id ?? '')
    }
  }
  await Promise.all(Array.from({ length: 100 }, sender))
  const rows = await eventsIn(database)
  t.equal(rows.length, 2_000)
  t.equal(new Set(rows.map((row) => row.body?.toString())).size, 2_000)
  t.ok(rows.every((row) => ids.has(row.event_id)))
})
