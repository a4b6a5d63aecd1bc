import t from 'tap'
import { connect, objectOf, rowsOf } from './test-client.ts'

const names = (answer: Parameters<typeof rowsOf>[0]) => rowsOf(answer, 'items').map((row) => row.name)

t.test('pages hold every row once and the last one says so', async (t) => {
  const { get } = await connect(t)
  const pages = await Promise.all([1, 2, 3].map((page) => get(`/inventory/v1/items?per_page=25&page=${page}`)))
  const ids = pages.flatMap((page) => rowsOf(page, 'items').map((row) => row.item_id))
  t.equal(new Set(ids).size, 60)
  t.strictSame(
    pages.map((page) => objectOf(page.json.page_context).has_more_page),
    [true, true, false],
  )
})

t.test('a page is at most 200 rows, whatever was asked, and nonsense is refused', async (t) => {
  const { get } = await connect(t, { items: 201 })
  const answer = await get('/books/v3/items?per_page=500')
  t.equal(rowsOf(answer, 'items').length, 200)
  t.match(answer.json.page_context, { page: 1, per_page: 200, has_more_page: true, applied_filter: 'Status.All' })
  t.match(await get('/books/v3/items?per_page=0'), { status: 400, json: { code: 2 } })
})

t.test('Inventory honours the modification filter, inclusive and by the second', async (t) => {
  const { simulator, get } = await connect(t)
  const { clock, records } = simulator.control
  clock.freeze(Date.parse('2026-01-05T10:00:00.900Z'))
  const [id = ''] = records.ids('items')
  t.equal(records.change('items', id, { name: 'moved' }).fields.last_modified_time, '2026-01-05T13:00:00+0300')
  const since = (stamp: string) => get(`/inventory/v1/items?last_modified_time=${encodeURIComponent(stamp)}`)
  t.strictSame(names(await since('2026-01-05T13:00:00+0300')), ['moved'])
  t.strictSame(names(await since('2026-01-05T10:00:00+0000')), ['moved'])
  t.strictSame(names(await since('2026-01-05T13:00:01+0300')), [])
  t.match(await since('2026-01-05T10:00:00Z'), { status: 400, json: { code: 2 } })
})

t.test('Books ignores the modification filter and that sort in silence, and the echo tells', async (t) => {
  const { get } = await connect(t)
  const answer = await get(
    '/books/v3/items?last_modified_time=2099-01-01T00:00:00%2B0300&sort_column=last_modified_time',
  )
  t.equal(rowsOf(answer, 'items').length, 60)
  t.match(answer.json.page_context, { sort_column: 'name', sort_order: 'A' })
})

t.test('Inventory sorts by modification time both ways', async (t) => {
  const { get } = await connect(t)
  const times = async (order: string) =>
    rowsOf(await get(`/inventory/v1/items?sort_column=last_modified_time&sort_order=${order}`), 'items').map((row) =>
      String(row.last_modified_time),
    )
  const ascending = await times('A')
  t.strictSame(ascending, [...ascending].sort())
  t.strictSame(await times('D'), [...ascending].reverse())
})

t.test('status filters are honoured and echoed, an unknown one is refused', async (t) => {
  const { simulator, get } = await connect(t)
  const active = simulator.control.records.ids('items', ({ fields }) => fields.status === 'active')
  for (const product of ['/books/v3', '/inventory/v1']) {
    const answer = await get(`${product}/items?filter_by=Status.Active`)
    t.equal(rowsOf(answer, 'items').length, active.length)
    t.match(answer.json.page_context, { applied_filter: 'Status.Active' })
    t.match(await get(`${product}/items?filter_by=Status.Odd`), { status: 400, json: { code: 2 } })
  }
  t.equal(rowsOf(await get('/inventory/v1/items?unheard_of=1'), 'items').length, 60)
})

t.test('a created record appears and a deleted one is gone everywhere', async (t) => {
  const { simulator, get } = await connect(t)
  const { records } = simulator.control
  const { id } = records.create('items', { name: 'AAA first' })
  t.equal(names(await get('/inventory/v1/items'))[0], 'AAA first')
  records.delete('items', id)
  t.not(names(await get('/inventory/v1/items'))[0], 'AAA first')
  t.match(await get(`/inventory/v1/items/${id}`), {
    status: 404,
    json: { code: 1002, message: 'Item does not exist.' },
  })
})

t.test('stock moves the totals but not the modification time', async (t) => {
  const { simulator, get } = await connect(t)
  const { records } = simulator.control
  const [id = ''] = records.ids('items', ({ fields }) => fields.item_type === 'inventory')
  const [locationId = ''] = records.ids('locations')
  const before = records.get('items', id).fields.last_modified_time
  for (const location of records.ids('locations'))
    records.setStock(id, { locationId: location, onHand: 0, committed: 0 })
  records.setStock(id, { locationId, onHand: 41, committed: 1 })
  const item = objectOf((await get(`/inventory/v1/items/${id}`)).json.item)
  t.match(item, { stock_on_hand: 41, available_stock: 40, last_modified_time: before })
  t.throws(() => records.setStock(id, { locationId: '1', onHand: 1, committed: 0 }), { code: 'unknown-record' })
})
