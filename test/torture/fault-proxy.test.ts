import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { Agent, request } from 'undici'
import { type FaultProxy, openFaultProxy } from './fault-proxy.ts'
import { eventually } from './trial.ts'

const answer = 'x'.repeat(5_000)

t.test('without a fault everything goes through, in both directions', async (t) => {
  const { ask, proxy, asked } = await setup(t)
  t.equal(await ask(), answer)
  t.equal(await ask(), answer)
  t.equal(asked(), 2)
  t.equal(proxy.connections, 1, 'one connection served both')
  t.equal(proxy.met, 0)
})

t.test('a delay comes before the answer, and ends with the fault', async (t) => {
  const { ask, proxy } = await setup(t)
  proxy.set({ kind: 'delay', milliseconds: 60_000 })
  const asking = ask()
  await eventually('it is met', 5_000, async () => proxy.met > 0 || undefined)
  proxy.clear()
  t.equal(await asking, answer)
})

t.test('a trickle brings the same bytes, drop by drop', async (t) => {
  const { ask, proxy } = await setup(t)
  proxy.set({ kind: 'trickle', bytes: 500, everyMs: 1 })
  t.equal(await ask(), answer)
  t.ok(proxy.met > 0)
})

t.test('a reset breaks the connection before the target sees the request; the next one is good', async (t) => {
  const { ask, proxy, asked } = await setup(t)
  t.equal(await ask(), answer)
  proxy.set({ kind: 'reset' }, 1)
  await t.rejects(ask(), { code: 'ECONNRESET' })
  t.equal(proxy.met, 1)
  t.equal(asked(), 1)
  t.equal(await ask(), answer, 'one strike was asked for')
})

t.test('a cut lets so many bytes of the answer through', async (t) => {
  const { ask, proxy, asked } = await setup(t)
  proxy.set({ kind: 'cut', afterBytes: 1_000 })
  await t.rejects(ask(), { code: 'UND_ERR_SOCKET' })
  t.equal(asked(), 1)
  t.ok(proxy.met > 0)
  proxy.clear()
  t.equal(await ask(), answer)
})

t.test('a black hole says nothing; what was sent meanwhile arrives when it is over', async (t) => {
  const { ask, proxy, asked } = await setup(t)
  t.equal(await ask(), answer)
  proxy.set({ kind: 'black-hole' })
  await t.rejects(ask(AbortSignal.timeout(100)), { name: 'TimeoutError' })
  const asking = ask()
  await eventually('it is met again', 5_000, async () => proxy.met > 1 || undefined)
  t.equal(asked(), 1)
  proxy.clear()
  t.equal(await asking, answer)
})

t.test('refused are living connections and new ones', async (t) => {
  const { ask, proxy } = await setup(t)
  t.equal(await ask(), answer)
  proxy.set({ kind: 'refuse' })
  await t.rejects(ask())
  t.ok(proxy.met > 0)
  proxy.clear()
  t.equal(await ask(), answer)
})

t.test('all connections can be broken while they are idle', async (t) => {
  const { ask, proxy } = await setup(t)
  t.equal(await ask(), answer)
  t.equal(proxy.breakAll(), 1)
  await eventually('it is gone', 5_000, async () => proxy.connections === 0 || undefined)
  t.equal(await ask(), answer)
})

async function setup(
  t: Test,
): Promise<{ proxy: FaultProxy; ask(signal?: AbortSignal): Promise<string>; asked(): number }> {
  let count = 0
  const server = createServer((_, response) => {
    count += 1
    response.end(answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await openFaultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const dispatcher = new Agent({ connections: 1 })
  t.teardown(async () => {
    await dispatcher.destroy()
    await proxy.close()
    server.closeAllConnections()
    server.close()
  })
  return {
    proxy,
    asked: () => count,
    async ask(signal) {
      const { body } = await request(proxy.url, { dispatcher, ...(signal && { signal }) })
      return body.text()
    },
  }
}
