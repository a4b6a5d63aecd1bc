import t from 'tap'
import type { ListEndpoint, Page, PagesOptions, Zoho } from '../../src/zoho/index.ts'
import { world } from './setup.ts'

const items: ListEndpoint = {
  product: 'inventory',
  path: '/items',
  listKey: 'items',
  paged: true,
  idKey: 'item_id',
  filters: ['last_modified_time', 'filter_by'],
}
const sorted = { sort_column: 'last_modified_time', sort_order: 'D' }

t.test('a list is read to the page that says it is the last', async (t) => {
  const { client, simulator } = await world(t, { items: 450 })
  const pages = await read(client(), items, { query: { filter_by: 'Status.All', ...sorted } })
  t.match(
    pages.map(({ page, hasMore, calls }) => ({ page, hasMore, calls })),
    [1, 2, 3].map((page) => ({ page, hasMore: page < 3, calls: 1 })),
  )
  const ids = new Set(pages.flatMap(({ rows }) => rows.map(({ item_id: id }) => id)))
  t.equal(ids.size, simulator.control.records.ids('items').length)
  t.ok(pages.every(({ readAt }) => !Number.isNaN(Date.parse(readAt))))
})

t.test('a run goes on from the page it had reached', async (t) => {
  const { client } = await world(t, { items: 450 })
  const pages = await read(client(), items, { fromPage: 3 })
  t.match(pages, [{ page: 3, hasMore: false }])
})

t.test('a list that is absent is an error, never an empty list', async (t) => {
  const { client, simulator } = await world(t)
  simulator.control.faults.set({ kind: 'missing-list-key' })
  await t.rejects(read(client(), items), { code: 'ZOHO_LIST_KEY', kind: 'transient', detail: { wanted: ['items'] } })
})

t.test('any of several keys will do', async (t) => {
  const { client } = await world(t)
  t.match(await read(client(), { ...items, listKey: ['products', 'items'] }), [{ hasMore: false }])
})

t.test('a paged list without its page_context is not complete', async (t) => {
  const { client, simulator } = await world(t)
  simulator.control.faults.set({ kind: 'reply', path: '/inventory', body: '{"code":0,"message":"success","items":[]}' })
  const zoho = client()
  await t.rejects(read(zoho, items), { code: 'ZOHO_LIST_KEY' })
  t.match(await read(zoho, { ...items, paged: false }), [{ rows: { length: 0 }, hasMore: false }])
})

t.test('pages that do not end are an error', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client()
  simulator.control.faults.set({ kind: 'endless-pages' })
  await t.rejects(read(zoho, items), { code: 'ZOHO_ENDLESS_PAGES', detail: { page: 2 } })
  const { idKey: _, ...withoutId } = items
  await t.rejects(read(zoho, withoutId), { code: 'ZOHO_ENDLESS_PAGES', detail: { page: 2 } })
})

t.test('pages that go in a circle end at the cap', async (t) => {
  const { client, simulator } = await world(t, { items: 450 })
  simulator.control.faults.set({ kind: 'endless-pages' })
  await t.rejects(read(client(), items, { maxPages: 5 }), { code: 'ZOHO_ENDLESS_PAGES', detail: { page: 6 } })
})

t.test('an empty page that promises more is an error', async (t) => {
  const { client, simulator } = await world(t)
  const body = '{"code":0,"items":[],"page_context":{"page":1,"per_page":200,"has_more_page":true}}'
  simulator.control.faults.set({ kind: 'reply', path: '/inventory', body })
  await t.rejects(read(client(), items), { code: 'ZOHO_ENDLESS_PAGES' })
})

t.test('an order Zoho does not apply is an error, unless it was only a wish', async (t) => {
  const { client } = await world(t)
  const zoho = client()
  const books = { ...items, product: 'books' } as const
  await t.rejects(read(zoho, books, { query: sorted }), {
    code: 'ZOHO_FILTER_IGNORED',
    detail: { parameter: 'sort_column', asked: 'last_modified_time', applied: 'name' },
  })
  t.match(await read(zoho, books, { query: sorted, expectSort: false }), [{ hasMore: false }])
})

t.test('the other direction is an ignored order, too', async (t) => {
  const { client, simulator } = await world(t)
  const context = { page: 1, per_page: 200, has_more_page: false, ...sorted }
  simulator.control.faults.set({
    kind: 'reply',
    path: '/inventory',
    body: JSON.stringify({ code: 0, items: [], page_context: context }),
  })
  const zoho = client()
  await t.rejects(read(zoho, items, { query: { ...sorted, sort_order: 'A' } }), { code: 'ZOHO_FILTER_IGNORED' })
  t.match(await read(zoho, items, { query: { ...sorted, sort_order: 'descending' } }), [{ page: 1 }])
})

t.test('a filter that is honoured by declaration is verified', async (t) => {
  const { client, simulator } = await world(t)
  const zoho = client()
  const query = { last_modified_time: '2099-01-01T00:00:00+0300' }
  t.match(await read(zoho, items, { query }), [{ rows: { length: 0 }, hasMore: false }])
  simulator.control.faults.set({ kind: 'ignored-filters' })
  await t.rejects(read(zoho, items, { query }), {
    code: 'ZOHO_FILTER_IGNORED',
    detail: { parameter: 'last_modified_time' },
  })
  await t.rejects(read(zoho, items, { query: { filter_by: 'Status.Inactive' } }), {
    code: 'ZOHO_FILTER_IGNORED',
    detail: { parameter: 'filter_by', asked: 'Status.Inactive' },
  })
  const { filters: _, ...undeclared } = items
  t.match(await read(zoho, undeclared, { query }), [{ hasMore: false }])
})

t.test('another page than the one asked for is an error', async (t) => {
  const { client, simulator } = await world(t)
  const context = { page: 1, per_page: 200, has_more_page: false }
  const body = JSON.stringify({ code: 0, items: [{ item_id: '1' }], page_context: context })
  simulator.control.faults.set({ kind: 'reply', path: '/inventory', body })
  await t.rejects(read(client(), items, { fromPage: 2 }), {
    code: 'ZOHO_FILTER_IGNORED',
    detail: { parameter: 'page' },
  })
})

t.test('a page that fails and recovers is read again, one that does not ends the reading', async (t) => {
  const { client, simulator } = await world(t, { items: 250 })
  const zoho = client()
  simulator.control.faults.set({ kind: 'truncated', path: '/inventory', after: 1, times: 2 })
  t.match(await read(zoho, items), [
    { page: 1, calls: 1 },
    { page: 2, calls: 3, hasMore: false },
  ])
  simulator.control.faults.set({ kind: 'no-scope', path: '/inventory', after: 1 })
  const seen: number[] = []
  await t.rejects(async () => {
    for await (const { page } of zoho.pages(items, { purpose: 'test', signal: AbortSignal.timeout(5000) }))
      seen.push(page)
  })
  t.strictSame(seen, [1])
})

async function read(zoho: Zoho, endpoint: ListEndpoint, options: Partial<PagesOptions> = {}): Promise<Page[]> {
  const signal = AbortSignal.timeout(30_000)
  return Array.fromAsync(zoho.pages(endpoint, { purpose: 'test', signal, ...options }))
}
