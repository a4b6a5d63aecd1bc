import t from 'tap'
import { connect } from './test-client.ts'

const path = '/inventory/v1/items?per_page=1'

t.test('the hundred-and-first call of any 60 seconds is refused, and counts itself', async (t) => {
  const { simulator, get } = await connect(t)
  const { clock, calls } = simulator.control
  clock.freeze()
  for (let call = 0; call < 50; call++) t.equal((await get(path)).status, 200)
  clock.advance(30_000)
  for (let call = 0; call < 50; call++) t.equal((await get(path)).status, 200)
  t.match(await get(path), { status: 429, json: { code: 44 } })
  clock.advance(29_999)
  t.match(await get(path), { status: 429, json: { code: 44 } }, 'the window slides, it does not begin anew')
  clock.advance(1)
  for (let call = 0; call < 48; call++) t.equal((await get(path)).status, 200)
  t.equal((await get(path)).status, 429)
  t.match(calls.report(), { maxInSlidingMinute: 102, refused: 3, refusedByCode: { 44: 3 } })
})

t.test('the eleventh call at once is refused with 1070', async (t) => {
  const { simulator, get } = await connect(t)
  const { faults, calls } = simulator.control
  const hold = faults.set({ kind: 'hold', times: 10 })
  const held = Array.from({ length: 10 }, () => get(path))
  await faults.waiting(hold, 10)
  t.match(await get(path), { status: 429, json: { code: 1070 } })
  t.equal(faults.release(hold), 10)
  t.strictSame(new Set((await Promise.all(held)).map(({ status }) => status)), new Set([200]))
  t.match(calls.report(), { maxConcurrency: 11, inFlight: 0 })
  t.equal((await get(path)).status, 200)
})

t.test('each product has its own day, which ends at midnight in Baghdad', async (t) => {
  const { simulator, get, refresh } = await connect(t, { limits: { inventoryPerDay: 3 } })
  const { clock, limits } = simulator.control
  clock.freeze(Date.parse('2026-03-01T20:59:00Z'))
  await refresh()
  limits.setUsed('inventory', 2)
  t.match((await get(path)).headers, { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '60' })
  t.match(await get(path), { status: 429, json: { code: 45 } })
  t.equal((await get('/books/v3/items?per_page=1')).status, 200)
  clock.advance(60_000)
  t.equal((await get(path)).status, 200)
})

t.test('the report tells calls by purpose and by minute', async (t) => {
  const { simulator, get, refresh, control } = await connect(t)
  const { clock, calls } = simulator.control
  clock.freeze(Date.parse('2026-03-01T09:00:00Z'))
  await refresh()
  await get(path)
  await get(path)
  clock.advance(60_000)
  await get('/books/v3/items/1')
  t.match(calls.report(), {
    total: 3,
    tokenRequests: 1,
    byPurpose: { 'items list': 2, 'items detail': 1, token: 1 },
    byPath: { 'GET /inventory/v1/items': 2 },
    byStatus: { 200: 3, 404: 1 },
    perMinute: [
      { minute: '2026-03-01T09:00Z', calls: 2 },
      { minute: '2026-03-01T09:01Z', calls: 1 },
    ],
    maxInSlidingMinute: 2,
  })
  t.match((await control('GET', 'calls')).json, { total: 3 })
  await control('DELETE', 'calls')
  t.match(calls.report(), { total: 0 })
})

t.test('limits can be relaxed and set while it runs', async (t) => {
  const { get, control } = await connect(t, { limits: 'relaxed' })
  const many = await Promise.all(Array.from({ length: 150 }, () => get(path)))
  t.ok(many.every(({ status }) => status === 200))
  await control('PUT', 'limits', { perMinute: 150 })
  t.match(await get(path), { status: 429, json: { code: 44 } })
})
