import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { readBody } from './http/read.ts'
import { sign, stringToSign } from './index.ts'
import { type Fields, isFields, parseJson } from './json.ts'
import { connect } from './test-client.ts'

interface Received {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver that answers the given statuses in turn, then 200. */
async function receive(t: Parameters<typeof connect>[0], statuses: number[] = []) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const { method = '', headers } = request
    received.push({ method, headers, url: new URL(request.url ?? '', 'http://target'), body: await readBody(request) })
    response.writeHead(statuses.shift() ?? 200).end(`reply ${received.length}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo // it listens on TCP
  return { target: `http://127.0.0.1:${port}/hooks`, received }
}

const itemOf = (body: string): Fields => {
  const document = parseJson(body)
  return isFields(document) && isFields(document.item) ? document.item : {}
}

t.test('pairs are signed sorted by key, key then value, then the raw body', async (t) => {
  const query: [string, string][] = [
    ['subscription', '17'],
    ['kind', 'plain'],
  ]
  t.equal(stringToSign({ query, body: '{"a":1}' }), 'kindplainsubscription17{"a":1}')
  t.equal(
    stringToSign({
      query: [['b', '2']],
      form: [
        ['c', 'ث'],
        ['a', '1'],
      ],
    }),
    'a1b2cث',
  )
  // RFC 4231, test case 2.
  const known = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
  const signed = { query: [], body: 'what do ya want for nothing?' }
  t.equal(sign(signed, 'Jefe', 'hex'), known)
  t.equal(sign(signed, 'Jefe', 'base64'), Buffer.from(known, 'hex').toString('base64'))
})

t.test('a change is told with the whole document, signed, and the reply comes back', async (t) => {
  const { target, received } = await receive(t)
  const { simulator } = await connect(t)
  const { records, webhooks } = simulator.control
  webhooks.set({ target, secret: 'secret123456', staticKey: 'static key', staticKeyIn: 'query' })
  const { id } = records.create('items', { name: 'Told' })
  records.change('items', id, { name: 'Told again' })
  records.change('items', id, { name: 'Silent' }, { silent: true })
  records.delete('items', id)
  const deliveries = await webhooks.deliver()

  t.match(deliveries, [
    { event: 'created', id, status: 200, reply: 'reply 1', attempts: 1 },
    { event: 'edited' },
    { event: 'deleted' },
  ])
  t.equal(deliveries.length, 3)
  const [created, edited] = received
  t.match(created, {
    method: 'POST',
    url: { pathname: '/hooks/products' },
    headers: { 'content-type': 'application/json' },
  })
  t.strictSame(itemOf(created?.body ?? '').name, 'Told', 'a body is what the record was then')
  t.strictSame(itemOf(edited?.body ?? '').name, 'Told again')
  t.ok('locations' in itemOf(created?.body ?? ''))
  const query = [...(created?.url.searchParams ?? [])]
  t.strictSame(query, [
    ['event', 'created'],
    ['key', 'static key'],
  ])
  const expected = sign({ query, body: created?.body ?? '' }, 'secret123456', 'hex')
  t.equal(created?.headers['x-zoho-webhook-signature'], expected)
})

t.test('a form is signed over its pairs and can carry the document in JSONString', async (t) => {
  const { target, received } = await receive(t)
  const { simulator } = await connect(t)
  const { records, webhooks } = simulator.control
  const [id = ''] = records.ids('items')
  const announced = async (template: 'form' | 'json-string' | 'id-only' | 'numeric-ids') => {
    webhooks.set({ target, template, secret: 'secret123456', encoding: 'base64', staticKey: 'k' })
    webhooks.announce('items', id, 'edited')
    await webhooks.deliver()
    return received.at(-1)
  }
  const form = await announced('form')
  t.equal(new URLSearchParams(form?.body).get('item_id'), id)
  const pairs = [...new URLSearchParams(form?.body)]
  const expected = sign({ query: [['event', 'edited']], form: pairs }, 'secret123456', 'base64')
  t.match(form?.headers, { 'x-zoho-webhook-signature': expected, 'x-webhook-key': 'k' })
  const text = new URLSearchParams((await announced('json-string'))?.body).get('JSONString') ?? ''
  t.equal(itemOf(text).item_id, id)
  t.equal((await announced('id-only'))?.body, `{"item_id":"${id}"}`)
  t.match((await announced('numeric-ids'))?.body, `"item_id":${id},`)
})

t.test('what is not 2xx is tried five times more, a redirect included', async (t) => {
  const { target, received } = await receive(t, [503, 302, 200, 500, 500, 500, 500, 500, 500])
  const { simulator } = await connect(t)
  const { records, webhooks } = simulator.control
  const [id = ''] = records.ids('items')
  webhooks.set({ target, retryDelayMs: 0 })
  webhooks.announce('items', id, 'edited')
  t.match(await webhooks.deliver(), [{ status: 200, attempts: 3 }])
  webhooks.announce('items', id, 'edited')
  t.match(await webhooks.deliver(), [{ status: 500, attempts: 6 }])
  t.equal(received.length, 9)
})

t.test('webhooks can be dropped, doubled and shuffled, the same way for the same seed', async (t) => {
  const { target, received } = await receive(t)
  const { simulator } = await connect(t)
  const { records, webhooks } = simulator.control
  const ids = records.ids('items').slice(0, 30)
  const told = async (mode: object) => {
    webhooks.reset()
    webhooks.set({ target, template: 'id-only', ...mode })
    for (const id of ids) webhooks.announce('items', id, 'edited')
    await webhooks.deliver()
    return received.splice(0).map(({ body }) => body)
  }
  t.equal((await told({})).length, 30)
  t.equal((await told({ dropPercent: 100 })).length, 0)
  t.equal((await told({ duplicatePercent: 100 })).length, 60)
  const some = (await told({ dropPercent: 40 })).length
  t.ok(some > 5 && some < 28)
  const shuffled = await told({ reorder: true })
  t.not(shuffled.join(), ids.map((id) => `{"item_id":"${id}"}`).join())
  t.strictSame(await told({ reorder: true }), shuffled)
})

t.test('automatic webhooks go out by themselves', async (t) => {
  const { target, received } = await receive(t)
  const { simulator, control } = await connect(t)
  const { records, webhooks } = simulator.control
  const [id = ''] = records.ids('items')
  await control('PUT', 'webhooks', { target, delivery: 'automatic', modules: { items: 'items' } })
  await control('PATCH', `records/items/${id}`, { fields: { name: 'By HTTP' } })
  await webhooks.idle()
  t.equal(received[0]?.url.pathname, '/hooks/items')
  t.equal(itemOf(received[0]?.body ?? '').name, 'By HTTP')
  t.match((await control('GET', 'webhooks')).json, { pending: [], log: [{ id, status: 200 }] })
})

t.test('a dead target is reported, and closing does not wait for it', async (t) => {
  const { simulator } = await connect(t)
  const { records, webhooks } = simulator.control
  const [id = ''] = records.ids('items')
  webhooks.set({ target: 'http://127.0.0.1:1', retries: 0 })
  webhooks.announce('items', id, 'edited')
  t.match(await webhooks.deliver(), [{ attempts: 1, error: /ECONNREFUSED/ }])
  webhooks.set({ target: 'http://127.0.0.1:1', delivery: 'automatic', delayMs: 3_600_000 })
  webhooks.announce('items', id, 'edited')
  await simulator.close()
})
