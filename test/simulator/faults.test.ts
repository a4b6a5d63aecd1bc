import t from 'tap'
import type { FaultSettings } from './index.ts'
import { connect, objectOf, rowsOf } from './test-client.ts'

const path = '/inventory/v1/items?per_page=20'

const wholeAnswers: [FaultSettings, object][] = [
  [{ kind: 'minute-limit' }, { status: 429, json: { code: 44 } }],
  [{ kind: 'blocked' }, { status: 429, json: { code: 43 } }],
  [{ kind: 'day-limit' }, { status: 429, json: { code: 45 } }],
  [{ kind: 'concurrency-limit' }, { status: 429, json: { code: 1070 } }],
  [{ kind: 'no-scope' }, { status: 401, json: { code: 57 } }],
  [{ kind: 'internal-error' }, { status: 500, json: { code: 1000 } }],
  [{ kind: 'unavailable' }, { status: 503, headers: { 'content-type': /html/ } }],
  [{ kind: 'html' }, { status: 200, headers: { 'content-type': /html/ } }],
  [
    { kind: 'json-code', code: 1001 },
    { status: 200, json: { code: 1001 } },
  ],
  [
    { kind: 'reply', status: 418, body: '{"code":7}' },
    { status: 418, json: { code: 7 } },
  ],
]

for (const [settings, expected] of wholeAnswers) {
  t.test(`${settings.kind} answers as Zoho does, once`, async (t) => {
    const { simulator, get } = await connect(t)
    simulator.control.faults.set({ ...settings, times: 1 })
    t.match(await get(path), expected)
    t.match(await get(path), { status: 200, json: { code: 0 } })
  })
}

t.test('an expired token stays dead until it is refreshed', async (t) => {
  const { simulator, get, refresh } = await connect(t)
  simulator.control.faults.set({ kind: 'expired-token', times: 1 })
  t.match(await get(path), { status: 401, json: { code: 57 } })
  t.match(await get(path), { status: 401 })
  await refresh()
  t.equal((await get(path)).status, 200)
})

t.test('a body can lack its list, end early, or break off with the connection', async (t) => {
  const { simulator, get } = await connect(t)
  const { faults } = simulator.control
  const whole = await get(path)
  faults.set({ kind: 'missing-list-key', times: 1 })
  t.strictSame(Object.keys((await get(path)).json), ['code', 'message', 'page_context'])
  faults.set({ kind: 'truncated', times: 1 })
  const truncated = await get(path)
  t.equal(truncated.bytes.length, Math.floor(whole.bytes.length / 2))
  t.strictSame(truncated.json, {})
  faults.set({ kind: 'cut', times: 1 })
  await t.rejects(get(path))
  faults.set({ kind: 'reset', times: 1 })
  await t.rejects(get(path), { code: 'ECONNRESET' })
})

t.test('a slow call takes its time and is answered', async (t) => {
  const { simulator, get } = await connect(t)
  simulator.control.faults.set({ kind: 'slow', milliseconds: 40 })
  const begun = performance.now()
  t.equal((await get(path)).status, 200)
  t.ok(performance.now() - begun >= 39)
})

t.test('endless pages always promise more', async (t) => {
  const { simulator, get } = await connect(t)
  simulator.control.faults.set({ kind: 'endless-pages' })
  const answer = await get(`${path}&page=40`)
  t.equal(objectOf(answer.json.page_context).has_more_page, true)
  t.equal(rowsOf(answer, 'items').length, 20)
})

t.test('shifting pages skip or repeat rows', async (t) => {
  const { simulator, get } = await connect(t)
  const { faults } = simulator.control
  const ids = async () => {
    const pages = await Promise.all([1, 2, 3].map((page) => get(`${path}&page=${page}`)))
    return pages.flatMap((page) => rowsOf(page, 'items').map((row) => row.item_id))
  }
  const skipping = faults.set({ kind: 'shifting-pages', shift: 1 })
  t.equal(new Set(await ids()).size, 58)
  faults.clear(skipping)
  faults.set({ kind: 'shifting-pages', shift: -1 })
  const repeated = await ids()
  t.equal(repeated.length, 60)
  t.equal(new Set(repeated).size, 58)
})

t.test('an ignored filter shows in the echo', async (t) => {
  const { simulator, get } = await connect(t)
  simulator.control.faults.set({ kind: 'ignored-filters' })
  const answer = await get('/inventory/v1/items?filter_by=Status.Active&sort_column=sku')
  t.equal(rowsOf(answer, 'items').length, 60)
  t.match(answer.json.page_context, { applied_filter: 'Status.All', sort_column: 'name' })
})

t.test('a fault strikes only what it names, after and as often as it says', async (t) => {
  const { simulator, get } = await connect(t)
  const { faults } = simulator.control
  faults.set({ kind: 'internal-error', purpose: 'items list', query: 'page=2', after: 1, times: 1 })
  const status = async (query: string) => (await get(`/inventory/v1/items?per_page=20&${query}`)).status
  t.strictSame(
    [await status('page=1'), await status('page=2'), await status('page=2'), await status('page=2')],
    [200, 200, 500, 200],
  )
  t.match(faults.list(), [{ struck: 1, waiting: 0 }])
  faults.clear()
  faults.set({ kind: 'unavailable', path: '/books' })
  t.equal((await get(path)).status, 200)
  t.equal((await get('/books/v3/items')).status, 503)
})

t.test('held calls wait until they are released over HTTP', async (t) => {
  const { get, control } = await connect(t)
  const id = String((await control('POST', 'faults', { kind: 'hold', path: '/inventory' })).json.id)
  const held = get(path)
  await control('GET', `faults/${id}/waiting?count=1`)
  t.equal((await get('/books/v3/items')).status, 200)
  t.match((await control('POST', `faults/${id}/release`)).json, { released: 1 })
  t.equal((await held).status, 200)
  const next = get(path)
  await control('GET', `faults/${id}/waiting?count=1`)
  await control('DELETE', 'faults')
  t.equal((await next).status, 200)
})

t.test('a fault with a misspelt setting is refused', async (t) => {
  const { control } = await connect(t)
  t.equal((await control('POST', 'faults', { kind: 'slow', miliseconds: 5 })).status, 400)
  t.equal((await control('GET', 'nothing')).status, 404)
})
