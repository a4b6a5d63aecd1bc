import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { Agent } from 'undici'
import { exchange, type HttpRequest } from '../../src/zoho/http.ts'

const facts = { product: 'books', path: '/contacts' } as const

t.test('a packed body is unpacked', async (t) => {
  const send = await server(t, (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"code":0}')),
  )
  const { bytes, status } = await send()
  t.equal(`${status} ${bytes}`, '200 {"code":0}')
})

t.test('a packed body that breaks off is truncated', async (t) => {
  const packed = gzipSync('x'.repeat(10_000))
  const send = await server(t, (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed.subarray(0, 20)),
  )
  await t.rejects(send(), { code: 'ZOHO_TRUNCATED' })
})

t.test('the size limit holds for the unpacked body', async (t) => {
  const send = await server(t, (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(100_000))),
  )
  await t.rejects(send({ maxBytes: 50_000 }), { code: 'ZOHO_TOO_LARGE' })
})

t.test('a redirect is not followed', async (t) => {
  let requests = 0
  const send = await server(t, (_, response) => {
    requests++
    response.writeHead(302, { location: '/elsewhere' }).end()
  })
  t.equal((await send()).status, 302)
  t.equal(requests, 1)
})

t.test('a body that never ends runs into the deadline', async (t) => {
  const send = await server(t, (_, response) => void response.writeHead(200).write('{'))
  await t.rejects(send({ deadlineMs: 100 }), { code: 'ZOHO_TIMEOUT' })
})

t.test('nobody listening is a network error', async (t) => {
  const dispatcher = new Agent()
  t.teardown(() => dispatcher.destroy())
  const url = new URL('http://127.0.0.1:9/')
  const request = { dispatcher, url, method: 'GET', headers: {}, deadlineMs: 5000, maxBytes: 1000, facts } as const
  await t.rejects(exchange(request), { code: 'ZOHO_NETWORK', kind: 'transient', detail: { cause: 'ECONNREFUSED' } })
})

async function server(t: Test, answer: RequestListener) {
  const listening = createServer(answer).listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const dispatcher = new Agent()
  t.teardown(async () => {
    await dispatcher.destroy()
    listening.closeAllConnections()
    listening.close()
  })
  // A server that listens on a TCP port has an address of this shape.
  const { port } = listening.address() as AddressInfo
  const url = new URL(`http://127.0.0.1:${port}/`)
  return (options: Partial<HttpRequest> = {}) =>
    exchange({ dispatcher, url, method: 'GET', headers: {}, deadlineMs: 10_000, maxBytes: 1e6, facts, ...options })
}
