import t from 'tap'
import { amount, isAmount } from './json.ts'
import { connect, objectOf, rowsOf } from './test-client.ts'

t.test('amounts arrive with the digits somebody typed', async (t) => {
  const { simulator, get } = await connect(t)
  const [id = ''] = simulator.control.records.ids('items')
  simulator.control.records.change('items', id, { rate: amount('149.970'), purchase_rate: amount('6.00') })
  for (const path of [`/inventory/v1/itemdetails?item_ids=${id}`, `/books/v3/items/${id}`]) {
    const answer = await get(path)
    t.match(answer.bytes.toString(), '"rate":149.970,')
    t.match(answer.bytes.toString(), '"purchase_rate":6.00,')
  }
})

t.test(
  'list rows have stock totals and flattened custom fields, details have places and custom field lists',
  async (t) => {
    const { simulator, get } = await connect(t)
    const { records } = simulator.control
    const [id = ''] = records.ids('items', ({ fields }) => fields.item_type === 'inventory')
    const [locationId = ''] = records.ids('locations')
    records.change('items', id, { name: 'Arabic one', cf_name_ar: 'شاحن' })
    records.get('items', id).stock = [{ locationId, onHand: 7, committed: 2 }]

    const [row = {}] = rowsOf(await get('/inventory/v1/items?search_text=Arabic+one'), 'items')
    t.match(row, { stock_on_hand: 7, available_stock: 5, cf_name_ar: 'شاحن', cf_name_ar_unformatted: 'شاحن' })
    t.notOk('locations' in row || 'custom_fields' in row)

    const item = objectOf((await get(`/inventory/v1/items/${id}`)).json.item)
    t.match(item.custom_fields, [{ api_name: 'cf_name_ar', value: 'شاحن' }])
    t.match(item.custom_field_hash, { cf_name_ar: 'شاحن' })
    t.notOk('cf_name_ar' in item)
    const [first = {}, second = {}] = rowsOf({ ...(await get('/')), json: item }, 'locations')
    t.equal(Number(first.location_stock_on_hand), 7)
    t.equal(second.location_stock_on_hand, '', 'a place that never held the item is blank')
  },
)

t.test('an untracked item has no stock field at all', async (t) => {
  const { simulator, get } = await connect(t)
  const [id = ''] = simulator.control.records.ids('items', ({ fields }) => fields.item_type === 'sales')
  for (const product of ['/inventory/v1', '/books/v3']) {
    const item = objectOf((await get(`${product}/items/${id}`)).json.item)
    t.equal(item.item_id, id)
    t.strictSame(
      Object.keys(item).filter((key) => key.includes('stock') || key === 'locations'),
      [],
    )
  }
})

t.test('Books leaves out what only Inventory shows', async (t) => {
  const { simulator, get } = await connect(t)
  const [id = ''] = simulator.control.records.ids('items', ({ picture }) => picture !== undefined)
  const [row = {}] = rowsOf(await get('/books/v3/items?per_page=1'), 'items')
  t.notOk('brand' in row || 'reorder_level' in row)
  const item = objectOf((await get(`/books/v3/items/${id}`)).json.item)
  t.notOk('image_document_id' in item || 'item_name' in item)
  t.ok('brand' in item)
})

t.test('bulk details take 100 ids, leave unknown ones out and refuse more', async (t) => {
  const { simulator, get } = await connect(t, { items: 101 })
  const ids = simulator.control.records.ids('items')
  const path = '/inventory/v1/itemdetails?item_ids='
  t.equal(rowsOf(await get(`${path}${ids.slice(0, 100).join()}`), 'items').length, 100)
  t.equal(rowsOf(await get(`${path}1,${ids[0]}`), 'items').length, 1)
  t.match(await get(`${path}${ids.join()}`), { status: 400, json: { code: 2 } })
})

t.test('an organisation without Locations has warehouses instead', async (t) => {
  const { simulator, get } = await connect(t, { places: 'warehouses' })
  t.match(await get('/inventory/v1/locations'), { status: 404, json: { code: 5 } })
  t.equal(rowsOf(await get('/inventory/v1/settings/warehouses'), 'warehouses').length, 5)
  const [id = ''] = simulator.control.records.ids('items', ({ fields }) => fields.item_type === 'inventory')
  const item = objectOf((await get(`/inventory/v1/items/${id}`)).json.item)
  t.ok('warehouses' in item)
  t.notOk('locations' in item)
})

t.test('organisation, currencies, categories and locations are those of the company', async (t) => {
  const { get } = await connect(t)
  const [organization] = rowsOf(await get('/books/v3/organizations'), 'organizations')
  t.match(organization, { currency_code: 'USD', time_zone: 'Asia/Baghdad', org_settings: { is_org_active: true } })
  const base = rowsOf(await get('/books/v3/settings/currencies'), 'currencies').filter((row) => row.is_base_currency)
  t.match(base, [{ currency_code: 'USD' }])
  t.equal(rowsOf(await get('/inventory/v1/categories'), 'categories')[0]?.name, 'ROOT')
  const bare = rowsOf(await get('/books/v3/categories?include_root_category=false'), 'categories')
  t.equal(bare[0]?.name, 'Mobile Accessories')
  const locations = await get('/inventory/v1/locations')
  t.equal(rowsOf(locations, 'locations').length, 5)
  t.notOk('page_context' in locations.json)
  const [{ location_id: id = '' } = {}] = rowsOf(locations, 'locations')
  t.match(await get(`/books/v3/locations/${id}`), { json: { location: { is_primary_location: true } } })
})

t.test('replies carry the recorded headers and the day quota of their product', async (t) => {
  const { get } = await connect(t, { limits: { booksPerDay: 2500 } })
  await get('/inventory/v1/items')
  const { headers } = await get('/books/v3/items')
  t.match(headers, {
    'content-type': 'application/json;charset=UTF-8',
    'content-disposition': 'attachment;',
    'transfer-encoding': 'chunked',
    'x-rate-limit-limit': '2500',
    'x-rate-limit-remaining': '2499',
  })
})

t.test('JSON numbers keep their digits through the control API', async (t) => {
  const { simulator, control } = await connect(t)
  const [id = ''] = simulator.control.records.ids('items')
  await control('PATCH', `records/items/${id}`, { fields: { rate: amount('1.230') } })
  const { rate } = simulator.control.records.get('items', id).fields
  t.ok(isAmount(rate))
  t.equal(JSON.stringify(rate), '1.230')
})
