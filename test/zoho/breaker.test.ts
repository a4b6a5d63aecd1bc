import t from 'tap'
import type { Zoho } from '../../src/zoho/index.ts'
import { itemsCall, world } from './setup.ts'

const live = { product: 'inventory', purpose: 'live' } as const
const timing = { breakerRestMs: 100, breakerMostMs: 300 }

t.test('five failures in a row open the breaker of that product, a good probe closes it', async (t) => {
  const { client, simulator } = await world(t)
  const [first, second] = [client({ timing }), client({ timing })]
  const fault = simulator.control.faults.set({ kind: 'unavailable', path: '/inventory' })
  for (let failure = 0; failure < 4; failure++) await fail(first)
  t.match(await second.state(), { products: { inventory: { breaker: 'closed', breakerFailures: 4 } } })
  await fail(first)
  t.match(await second.acquire(live), { reason: 'breaker' })
  t.match(await second.acquire({ ...live, product: 'books' }), { permit: Object })

  simulator.control.faults.clear(fault)
  const probe = await second.acquireWhenFree({ ...live, signal: AbortSignal.timeout(20_000) })
  t.match(await first.acquire(live), { reason: 'breaker' }, 'one probe at a time')
  t.match(await first.state(), { products: { inventory: { breaker: 'half_open' } } })
  await second.get({ ...itemsCall, permit: probe })
  t.match(await first.state(), { products: { inventory: { breaker: 'closed', breakerFailures: 0 } } })
  t.match(await first.acquire(live), { permit: Object })
})

t.test('a failed probe opens the breaker again for twice as long, up to the most', async (t) => {
  const { client, simulator, database } = await world(t)
  const zoho = client({ timing })
  simulator.control.faults.set({ kind: 'html', path: '/inventory' })
  for (let failure = 0; failure < 5; failure++) await fail(zoho)
  const rests = [await restMs()]
  for (let probe = 0; probe < 2; probe++) {
    await fail(zoho)
    rests.push(await restMs())
  }
  t.ok(near(rests[0], 100) && near(rests[1], 200) && near(rests[2], 300), `rests of ${rests} ms`)

  async function restMs(): Promise<number> {
    t.match(await zoho.state(), { products: { inventory: { breaker: 'open' } } })
    const { rows } = await database.pool.query(
      "select extract(epoch from breaker_retry_at - updated_at) * 1000 as ms from tds_zoho_budget where scope = 'inventory'",
    )
    return Number(rows[0].ms)
  }
})

t.test('an answer, even a refusal, ends a row of failures', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client({ timing })
  const fault = simulator.control.faults.set({ kind: 'reset', path: '/inventory' })
  for (let failure = 0; failure < 4; failure++) await fail(zoho)
  simulator.control.faults.clear(fault)
  const permit = await zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(5000) })
  await t.rejects(zoho.get({ ...live, path: '/items/1', permit }), { code: 'ZOHO_NOT_FOUND' })
  t.match(await zoho.state(), { products: { inventory: { breaker: 'closed', breakerFailures: 0 } } })
})

t.test('a probe that was given back lets the next one through', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client({ timing })
  simulator.control.faults.set({ kind: 'unavailable', path: '/inventory' })
  for (let failure = 0; failure < 5; failure++) await fail(zoho)
  const probe = await zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(20_000) })
  await probe.cancel()
  t.match(await zoho.acquire(live), { permit: Object })
})

async function fail(zoho: Zoho): Promise<void> {
  const permit = await zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(20_000) })
  await zoho.get({ ...itemsCall, permit }).then(
    () => Promise.reject(new Error('the call did not fail')),
    () => undefined,
  )
}

const near = (value: number | undefined, wanted: number) => value !== undefined && Math.abs(value - wanted) < 5
