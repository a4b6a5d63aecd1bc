import t from 'tap'
import { errorCode } from '../../src/errors.ts'
import type { Permit, PermitRequest, Zoho } from '../../src/zoho/index.ts'
import { itemsCall, world } from './setup.ts'

const live = { product: 'inventory', purpose: 'live' } as const
const bulk = { ...live, bulk: true }

t.test('bulk work leaves five calls a minute and one of the concurrent ones to live work', async (t) => {
  const { client } = await world(t)
  const minute = client({ config: { perMinute: 90, concurrency: 200 } })
  t.equal((await takeAll(minute, bulk)).permits.length, 85)
  const rest = await takeAll(minute, live)
  t.equal(rest.permits.length, 5)
  t.equal(rest.reason, 'minute')
})

t.test('bulk work leaves one of the concurrent calls to live work', async (t) => {
  const { client } = await world(t)
  const zoho = client({ config: { concurrency: 3 } })
  t.match(await takeAll(zoho, bulk), { permits: { length: 2 }, reason: 'concurrency' })
  t.match(await takeAll(zoho, live), { permits: { length: 1 }, reason: 'concurrency' })
})

t.test('a cancelled permit is free at once, a second cancel changes nothing', async (t) => {
  const { client } = await world(t)
  const zoho = client({ config: { concurrency: 1 } })
  const [permit] = (await takeAll(zoho, live)).permits
  await permit?.cancel()
  await permit?.cancel()
  t.match(await takeAll(zoho, live), { permits: { length: 1 } })
  t.match(await zoho.state(), { products: { inventory: { dayUsed: 1 } }, budget: { inFlight: 1 } })
})

t.test('the slots of a crashed process stay taken until their deadline and a minute', async (t) => {
  const { client } = await world(t)
  const timing = { windowMs: 400, deadlineMs: 200, permitSlackMs: 100 }
  const config = { perMinute: 10, concurrency: 50 }
  const crashed = client({ config, timing })
  const lost = (await takeAll(crashed, live)).permits
  t.equal(lost.length, 10)
  const next = await client({ config, timing }).acquireWhenFree({ ...live, signal: AbortSignal.timeout(10_000) })
  const waitedMs = Date.parse(next.startedAt) - Date.parse(lost[0]?.startedAt ?? '')
  t.ok(waitedMs >= 700, `waited ${waitedMs} ms`)
})

t.test('a denial names the moment the oldest slot is free', async (t) => {
  const { client } = await world(t)
  const zoho = client({ config: { perMinute: 10, concurrency: 50 }, timing: { windowMs: 60_000 } })
  for (let call = 0; call < 10; call++) await zoho.get(itemsCall)
  const answer = await zoho.acquire(live)
  if ('permit' in answer) return t.fail('there was a permit')
  t.equal(answer.reason, 'minute')
  const waitMs = answer.retryAt.getTime() - Date.now()
  t.ok(waitMs > 50_000 && waitMs <= 60_000, `in ${waitMs} ms`)
})

t.test('a permit is good for one call', async (t) => {
  const { client } = await world(t)
  const zoho = client()
  const permit = await zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(5000) })
  await zoho.get({ ...itemsCall, permit })
  await t.rejects(zoho.get({ ...itemsCall, permit }), { code: 'ZOHO_PERMIT_EXPIRED', retryAt: Date })
})

t.test('who waits leaves when the signal aborts, and who comes to a closed client is turned away', async (t) => {
  const { client } = await world(t)
  const zoho = client({ config: { concurrency: 1 }, timing: { windowMs: 60_000 } })
  await takeAll(zoho, live)
  const gone = new AbortController()
  const waits = zoho.acquireWhenFree({ ...live, signal: gone.signal })
  gone.abort(new Error('enough'))
  await t.rejects(waits, { message: 'enough' })
  const stays = zoho.acquireWhenFree({ ...live, signal: new AbortController().signal })
  const refused = t.rejects(stays, { code: 'ZOHO_CLOSED' })
  await zoho.close()
  await refused
  await t.rejects(zoho.acquire(live), { code: 'ZOHO_CLOSED' })
})

t.test('a limit far above the calls held is not counted call by call', async (t) => {
  const { client, database } = await world(t)
  const zoho = client({ config: { perMinute: 1_000_000 } })
  for (let call = 0; call < 20; call++) await zoho.get(itemsCall)
  const { rows } = await database.pool.query("select counted_calls from tds_zoho_budget where scope = 'organization'")
  t.equal(rows[0].counted_calls, 0)
})

t.test('the day of a product ends at what the header says, the other product goes on', async (t) => {
  const { client, simulator } = await world(t, { limits: { perMinute: 1e6, inventoryPerDay: 30 } })
  const zoho = client()
  const signal = AbortSignal.timeout(20_000)
  let error: unknown
  while (error === undefined)
    error = await zoho.get({ ...itemsCall, signal }).then(
      () => undefined,
      (thrown) => thrown,
    )
  t.equal(errorCode(error), 'ZOHO_DAY_LIMIT')
  t.match(simulator.control.calls.report(), { total: 30, refused: 0 })
  t.match(await zoho.acquire(live), { reason: 'day', retryAt: Date })
  t.match(await zoho.acquire({ product: 'books', purpose: 'live' }), { permit: Object })
  t.match(await zoho.state(), { products: { inventory: { dayLimit: 30, dayRemaining: 0, dayUsed: 30 } } })
})

t.test('a configured day is kept also where Zoho allows more, and a new one begins at the reset', async (t) => {
  const { client, database } = await world(t)
  const zoho = client({ config: { perDay: 3, concurrency: 50 } })
  t.match(await takeAll(zoho, live), { permits: { length: 3 }, reason: 'day' })
  await database.pool.query("update tds_zoho_budget set day_resets_at = clock_timestamp() where scope = 'inventory'")
  t.match(await takeAll(zoho, live), { permits: { length: 3 }, reason: 'day' })
})

t.test('until a header was seen a day has 2,500 calls and ends at midnight of the organisation', async (t) => {
  const { client, database } = await world(t)
  await database.pool.query(`insert into tds_zoho_organization (organization_id, name, time_zone, currency_code, price_precision)
    values ('1', 'o', 'Asia/Baghdad', 'IQD', 0)`)
  const zoho = client()
  const permit = await zoho.acquireWhenFree({ ...live, signal: AbortSignal.timeout(5000) })
  t.match(await zoho.state(), { products: { inventory: { dayLimit: 2500, dayUsed: 1, dayRemaining: null } } })
  const { rows } = await database.pool.query(
    `select day_resets_at = (date_trunc('day', $1::timestamptz at time zone 'Asia/Baghdad') + interval '1 day') at time zone 'Asia/Baghdad' as is_midnight
       from tds_zoho_budget where scope = 'inventory'`,
    [permit.startedAt],
  )
  t.equal(rows[0].is_midnight, true)
})

t.test('calls that count no longer are removed', async (t) => {
  const { client, database } = await world(t)
  const zoho = client()
  await zoho.get(itemsCall)
  await database.pool.query(`update tds_zoho_calls set held_until = held_until - interval '2 days'`)
  const { createBudget } = await import('../../src/zoho/budget.ts')
  const { zohoTiming } = await import('../../src/zoho/timing.ts')
  const parts = { db: database.db, perMinute: 90, perDay: undefined, concurrency: 1, processId: crypto.randomUUID() }
  await createBudget({ ...parts, timing: zohoTiming }).prune()
  const { rows } = await database.pool.query('select count(*) as calls from tds_zoho_calls')
  t.equal(rows[0].calls, 0)
})

async function takeAll(zoho: Zoho, request: PermitRequest): Promise<{ permits: Permit[]; reason: string }> {
  const permits: Permit[] = []
  for (;;) {
    const answer = await zoho.acquire(request)
    if (!('permit' in answer)) return { permits, reason: answer.reason }
    permits.push(answer.permit)
  }
}
