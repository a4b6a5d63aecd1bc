import t from 'tap'
import { isFields } from './json.ts'
import { settingsFrom } from './options.ts'
import { connect, objectOf, rowsOf } from './test-client.ts'
import { createWorld } from './world.ts'

const path = '/inventory/v1/compositeitems'

t.test('twelve of the items are composite, at least two of a small organisation', async (t) => {
  const { world } = createWorld(settingsFrom({}))
  t.equal(world.store.all('compositeitems').length, 12)
  t.equal(world.store.all('items').length, 2221)
  for (const { id, fields } of world.store.all('compositeitems')) {
    const parts = Array.isArray(fields.mapped_items) ? fields.mapped_items.filter(isFields) : []
    t.ok(parts.length >= 2 && parts.length <= 4)
    for (const part of parts) {
      t.not(part.item_id, id)
      t.ok(world.store.get('items', String(part.item_id)))
      t.notOk(world.store.get('compositeitems', String(part.item_id)))
    }
  }
  t.equal(createWorld(settingsFrom({ items: 60 })).world.store.all('compositeitems').length, 2)
})

t.test('a composite has the id of its item, which says so and does not show the parts', async (t) => {
  const { simulator, get } = await connect(t)
  const [id = ''] = simulator.control.records.ids('compositeitems')
  const rows = rowsOf(await get(path), 'composite_items')
  t.equal(rows.length, 2)
  t.match(
    rows.find((row) => row.composite_item_id === id),
    { is_combo_product: true, combo_type: 'assembly', stock_on_hand: Number },
  )
  t.notOk(rows.some((row) => 'item_id' in row || 'mapped_items' in row))
  const item = objectOf((await get(`/inventory/v1/items/${id}`)).json.item)
  t.match(item, { item_id: id, is_combo_product: true })
  t.notOk('mapped_items' in item || 'combo_type' in item)
  const others = rowsOf(await get('/inventory/v1/items'), 'items').filter((row) => row.is_combo_product !== true)
  t.equal(others.length, 58)
  const plain = String(others[0]?.item_id)
  t.match(await get(`${path}/${plain}`), { status: 404, json: { code: 1002 } })
})

t.test('parts show the items they are, as they are now', async (t) => {
  const { simulator, get } = await connect(t)
  const { records } = simulator.control
  const [part = ''] = records.ids('items', ({ fields }) => fields.is_combo_product !== true)
  const { id } = records.create('compositeitems', { name: 'Set', mapped_items: [{ item_id: part, quantity: 2 }] })
  records.change('items', part, { name: 'Renamed part', rate: 12 })
  const composite = objectOf((await get(`${path}/${id}`)).json.composite_item)
  t.match(composite, {
    composite_item_id: id,
    name: 'Set',
    mapped_items: [{ line_item_id: /^\d{19}$/, item_id: part, quantity: 2, name: 'Renamed part', rate: 12 }],
  })
  t.match(await get(`/inventory/v1/items/${id}`), { json: { item: { name: 'Set', is_combo_product: true } } })
})

t.test('what happens to the item happens to the composite', async (t) => {
  const { simulator, get } = await connect(t)
  const { records, webhooks } = simulator.control
  const [first = '', second = ''] = records.ids('compositeitems')
  webhooks.set({ target: 'http://127.0.0.1:1' })
  records.change('items', first, { name: 'By the item' })
  t.match(await get(`${path}/${first}`), { json: { composite_item: { name: 'By the item' } } })
  records.change('compositeitems', second, { name: 'By the composite' })
  t.match(await get(`/books/v3/items/${second}`), { json: { item: { name: 'By the composite' } } })
  records.delete('items', first)
  t.strictSame(records.ids('compositeitems'), [second])
  t.match(await get(`${path}/${first}`), { status: 404 })
  records.delete('compositeitems', second)
  t.match(await get(`/inventory/v1/items/${second}`), { status: 404 })
  t.strictSame(
    webhooks.pending().map(({ module, event }) => `${module} ${event}`),
    ['products edited', 'composite-items edited', 'products deleted', 'composite-items deleted'],
  )
})

t.test('the list honours the modification filter and its sort both ways', async (t) => {
  const { simulator, get } = await connect(t, { items: 2221 })
  const { clock, records } = simulator.control
  const times = async (order: string) =>
    rowsOf(await get(`${path}?sort_column=last_modified_time&sort_order=${order}`), 'composite_items').map((row) =>
      String(row.last_modified_time),
    )
  const ascending = await times('A')
  t.equal(ascending.length, 12)
  t.strictSame(ascending, [...ascending].sort())
  t.strictSame(await times('D'), [...ascending].reverse())
  clock.freeze(Date.parse('2026-01-05T10:00:00Z'))
  const [id = ''] = records.ids('compositeitems')
  records.change('compositeitems', id, { name: 'moved' })
  const since = await get(`${path}?last_modified_time=2026-01-05T13:00:00%2B0300`)
  t.match(rowsOf(since, 'composite_items'), [{ name: 'moved' }])
  t.equal(rowsOf(since, 'composite_items').length, 1)
  t.equal((await get(`${path}?last_modified_time=2026-01-05T13:00:00Z`)).status, 400)
})
