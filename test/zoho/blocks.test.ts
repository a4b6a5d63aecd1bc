import t from 'tap'
import type { Zoho, ZohoState } from '../../src/zoho/index.ts'
import { itemsCall, world } from './setup.ts'

const live = { product: 'inventory', purpose: 'live' } as const
const config = { perMinute: 90, concurrency: 10 }

t.test('44 stops the organisation for one to two minutes, lowers the ceiling, and it grows back', async (t) => {
  const { client, simulator } = await world(t)
  const timing = { windowMs: 300 }
  const [first, second] = [client({ config, timing }), client({ config, timing })]
  simulator.control.faults.set({ kind: 'minute-limit', path: '/inventory', times: 1 })
  const permit = await permitOf(first)
  const refusedAt = Date.now()
  const error = await first.get({ ...itemsCall, permit }).catch((thrown: unknown) => thrown)
  t.match(error, { code: 'ZOHO_MINUTE_LIMIT', kind: 'wait', retryAt: Date, detail: { zohoCode: 44, httpStatus: 429 } })
  t.match(await second.acquire(live), { reason: 'blocked' }, 'the other process stops, too')
  t.match(await second.acquire({ ...live, product: 'books' }), { reason: 'blocked' }, 'and the other product')
  t.match((await second.state()).budget, { minuteCeiling: 63, concurrencyCeiling: 10, blockCode: 44 })
  await second.get(itemsCall)
  t.ok(Date.now() - refusedAt >= 300, 'a minute has passed')
  const grown = await until(second, ({ budget }) => budget.minuteCeiling === 90)
  t.equal(grown.budget.blockedUntil, null)
})

t.test('calls that were in flight together lower the ceiling once', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client({ config, timing: { windowMs: 60_000 } })
  const hold = simulator.control.faults.set({ kind: 'hold', path: '/inventory' })
  simulator.control.faults.set({ kind: 'minute-limit', path: '/inventory' })
  const permits = await Promise.all(Array.from({ length: 5 }, () => permitOf(zoho)))
  const calls = permits.map((permit) => t.rejects(zoho.get({ ...itemsCall, permit }), { code: 'ZOHO_MINUTE_LIMIT' }))
  await simulator.control.faults.waiting(hold, 5)
  simulator.control.faults.release()
  await Promise.all(calls)
  t.equal((await zoho.state()).budget.minuteCeiling, 63)
})

t.test('43 stops for five minutes, and twice as long when it comes back', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client({ config, timing: { windowMs: 40 } })
  simulator.control.faults.set({ kind: 'blocked', path: '/inventory' })
  const pauses: number[] = []
  for (let block = 0; block < 3; block++) {
    const permit = await permitOf(zoho)
    await t.rejects(zoho.get({ ...itemsCall, permit }), { code: 'ZOHO_BLOCKED', kind: 'wait' })
    const { budget } = await zoho.state()
    pauses.push((budget.blockedUntil?.getTime() ?? 0) - Date.parse(permit.startedAt))
  }
  t.ok((pauses[0] ?? 0) >= 200, `first pause ${pauses[0]} ms`)
  t.ok((pauses[1] ?? 0) >= 400, `second pause ${pauses[1]} ms`)
  t.ok((pauses[2] ?? 0) >= 800, `third pause ${pauses[2]} ms`)
})

t.test('1070 stops for seconds and lowers what is in flight at once, not the minute', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client({ config, timing: { windowMs: 60_000 } })
  simulator.control.faults.set({ kind: 'concurrency-limit', path: '/inventory', times: 1 })
  const refusedAt = Date.now()
  const error = await zoho.get({ ...itemsCall, permit: await permitOf(zoho) }).catch((thrown: unknown) => thrown)
  t.match(error, { code: 'ZOHO_CONCURRENCY', kind: 'wait' })
  const pauseMs = (error as { retryAt: Date }).retryAt.getTime() - refusedAt
  t.ok(pauseMs >= 1000 && pauseMs < 10_000, `${pauseMs} ms`)
  t.match((await zoho.state()).budget, { minuteCeiling: 90, concurrencyCeiling: 7 })
})

t.test('45 closes the day of its product until the reset, the other goes on', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client()
  simulator.control.faults.set({ kind: 'day-limit', path: '/inventory', times: 1 })
  const error = await zoho.get({ ...itemsCall, permit: await permitOf(zoho) }).catch((thrown: unknown) => thrown)
  t.match(error, { code: 'ZOHO_DAY_LIMIT', kind: 'wait', retryAt: Date })
  t.match(await zoho.acquire(live), { reason: 'day' })
  await t.rejects(zoho.get(itemsCall), { code: 'ZOHO_DAY_LIMIT' }, 'a wait of hours is an error, not a hang')
  await zoho.get({ product: 'books', path: '/organizations', purpose: 'live' })
  t.equal(simulator.control.calls.report().total, 2)
})

t.test('a call without a permit waits a limit out and says how many calls it took', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client({ timing: { windowMs: 60 } })
  simulator.control.faults.set({ kind: 'minute-limit', path: '/inventory', times: 1 })
  t.match(await zoho.get(itemsCall), { calls: 2 })
})

function permitOf(zoho: Zoho) {
  return zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(20_000) })
}

async function until(zoho: Zoho, test: (state: ZohoState) => boolean): Promise<ZohoState> {
  for (;;) {
    const state = await zoho.state()
    if (test(state)) return state
  }
}
