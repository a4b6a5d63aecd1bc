import t from 'tap'
import { itemsCall, world } from './setup.ts'

t.test('a call reads JSON and says when the read began', async (t) => {
  const { client, database } = await world(t)
  const reply = await client().get(itemsCall)
  t.match(reply, { body: { code: 0 }, calls: 1 })
  const { rows } = await database.pool.query('select started_at::text, finished_at, status from tds_zoho_calls')
  t.match(rows, [{ started_at: reply.readAt, status: 200, finished_at: Date }])
})

t.test('each call but the list of organisations names the organisation', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client()
  await zoho.get({ ...itemsCall, query: { page: '2', filter_by: 'Status.All' } })
  await zoho.get({ product: 'books', path: '/organizations', purpose: 'test' })
  const queries = simulator.control.calls
    .latest()
    .map(({ path, query }) => ({ path, query: Object.fromEntries(new URLSearchParams(query)) }))
  t.match(queries.slice(-2), [
    {
      path: '/inventory/v1/items',
      query: { page: '2', filter_by: 'Status.All', organization_id: simulator.organizationId },
    },
    { path: '/books/v3/organizations', query: { organization_id: undefined } },
  ])
})

t.test('digits are kept as Zoho wrote them', async (t) => {
  const { client, simulator } = await world(t)
  const item = '{"item_id":12345678901234567890,"rate":1.10,"stock":5,"big":1e400}'
  simulator.control.faults.set({ kind: 'reply', path: '/inventory', body: `{"code":0,"item":${item}}` })
  const { body } = await client().get(itemsCall)
  t.equal(JSON.stringify(body.item), item)
})

t.test('transient failures are repeated five times, then they are the answer', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client({ timing: { breakerRestMs: 1, breakerMostMs: 1 } })
  simulator.control.faults.set({ kind: 'internal-error', path: '/inventory', times: 5 })
  t.match(await zoho.get(itemsCall), { calls: 6 })
  simulator.control.faults.set({ kind: 'internal-error', path: '/inventory' })
  await t.rejects(zoho.get(itemsCall), { code: 'ZOHO_SERVER' })
  t.equal(simulator.control.calls.report().total, 12)
})

t.test('permanent failures and calls with a permit are not repeated', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client()
  await t.rejects(zoho.get({ ...itemsCall, path: '/items/1' }), { code: 'ZOHO_NOT_FOUND' })
  simulator.control.faults.set({ kind: 'internal-error', path: '/inventory' })
  const permit = await zoho.acquireWhenFree({ ...itemsCall, signal: AbortSignal.timeout(5000) })
  await t.rejects(zoho.get({ ...itemsCall, permit }), { code: 'ZOHO_SERVER' })
  t.equal(simulator.control.calls.report().total, 2)
})

t.test('a call ends at its deadline', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client()
  simulator.control.faults.set({ kind: 'hold', path: '/inventory' })
  const permit = await zoho.acquireWhenFree({ ...itemsCall, signal: AbortSignal.timeout(5000) })
  await t.rejects(zoho.get({ ...itemsCall, permit, deadlineMs: 100 }), { code: 'ZOHO_TIMEOUT', kind: 'transient' })
  t.match(await zoho.state(), { products: { inventory: { breakerFailures: 1 } }, budget: { inFlight: 0 } })
})

t.test('a call that its caller gave up says nothing about Zoho', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client()
  const hold = simulator.control.faults.set({ kind: 'hold', path: '/inventory' })
  const caller = new AbortController()
  const call = zoho.get({ ...itemsCall, signal: caller.signal })
  await simulator.control.faults.waiting(hold, 1)
  caller.abort(new Error('stopping'))
  await t.rejects(call, { message: 'stopping' })
  t.match(await zoho.state(), { products: { inventory: { breakerFailures: 0 } }, budget: { inFlight: 0 } })
})

t.test('counters hear of each call, until they stop listening', async (t) => {
  const { client } = await world(t)
  const zoho = client()
  const heard: unknown[] = []
  const stop = zoho.onCall((outcome) => heard.push(outcome))
  await zoho.get(itemsCall)
  stop()
  await zoho.get(itemsCall)
  t.match(heard, [{ product: 'inventory', purpose: 'test', status: 200, errorCode: null, durationMs: Number }])
  t.equal(heard.length, 1)
})
