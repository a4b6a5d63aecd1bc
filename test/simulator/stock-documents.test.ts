import t from 'tap'
import { amount, isFields, numberOf, textOf } from './json.ts'
import { settingsFrom } from './options.ts'
import { connect, objectOf, rowsOf } from './test-client.ts'
import { createWorld } from './world.ts'

const future = 'last_modified_time=2099-01-01T00:00:00%2B0300'

t.test('sixty adjustments and forty transfers over three years, a fifth of them in the last half', async (t) => {
  const { world } = createWorld(settingsFrom({}))
  const { anchorMs } = world.settings
  for (const [name, count] of [
    ['inventoryadjustments', 60],
    ['transferorders', 40],
  ] as const) {
    const records = world.store.all(name)
    t.equal(records.length, count)
    const ages = records.map(({ createdMs }) => (anchorMs - createdMs) / 86_400_000)
    t.ok(ages.every((age) => age > 0 && age < 1096))
    const recent = ages.filter((age) => age < 183).length / count
    t.ok(recent >= 0.18 && recent <= 0.28, `${name}: ${recent}`)
    t.ok(records.every(({ createdMs, modifiedMs }) => createdMs <= modifiedMs && modifiedMs <= anchorMs))
  }
})

t.test('the list of adjustments takes pages and nothing else, and echoes no sort', async (t) => {
  const { simulator, get } = await connect(t, { items: 2221 })
  const ids = simulator.control.records.ids('inventoryadjustments')
  const path = '/inventory/v1/inventoryadjustments'
  const answer = await get(`${path}?${future}&sort_column=created_time&sort_order=A&filter_by=Status.Odd`)
  const rows = rowsOf(answer, 'inventory_adjustments')
  t.strictSame(
    rows.map((row) => row.inventory_adjustment_id),
    ids.toReversed(),
    'newest first',
  )
  t.strictSame(Object.keys(objectOf(answer.json.page_context)), ['page', 'per_page', 'has_more_page', 'report_name'])
  t.equal(rowsOf(await get(`${path}?page=4&per_page=17`), 'inventory_adjustments').length, 9)
  t.match(rows[0], { status: /./, quantity_adjusted: Number, location_id: /./, created_time: /./ })
  t.notOk(rows.some((row) => 'line_items' in row))
  t.match(
    rows.filter((row) => row.name !== '').every((row) => row.item_id !== ''),
    true,
    'a row names the item where it is the only one',
  )
})

t.test('an adjustment reconciles with its lines', async (t) => {
  const { world } = createWorld(settingsFrom({}))
  t.ok(world.store.all('inventoryadjustments').some(({ fields }) => fields.adjustment_type === 'value'))
  const { simulator, get } = await connect(t)
  const { records, webhooks } = simulator.control
  webhooks.set({ target: 'http://127.0.0.1:1' })
  const [itemId = ''] = records.ids('items')
  const line = (quantity: number, total: string) => ({
    item_id: itemId,
    quantity_adjusted: quantity,
    item_total: amount(total),
  })
  const made = records.create('inventoryadjustments', { line_items: [line(-2.5, '-0.10'), line(10, '0.30')] })
  const answer = await get(`/inventory/v1/inventoryadjustments/${made.id}`)
  t.match(answer.bytes.toString(), '"quantity_adjusted":7.5,')
  t.match(answer.bytes.toString(), '"total":0.20,')
  const detail = objectOf(answer.json.inventory_adjustment)
  t.match(detail, {
    date: textOf(made.fields.created_time).slice(0, 10),
    location_id: records.ids('locations')[0],
    line_items: [
      {
        line_item_id: /^\d{19}$/,
        name: records.get('items', itemId).fields.name,
        location_name: 'Main Warehouse',
        serial_numbers: [],
        batches: [],
      },
      {},
    ],
  })
  records.change('inventoryadjustments', made.id, { line_items: [line(1, '0.30')] })
  t.match(await get(`/inventory/v1/inventoryadjustments/${made.id}`), {
    json: { inventory_adjustment: { quantity_adjusted: 1 } },
  })
  records.delete('inventoryadjustments', made.id)
  t.strictSame(
    webhooks.pending().map(({ module, event }) => `${module} ${event}`),
    ['adjustments created', 'adjustments edited', 'adjustments deleted'],
  )
})

t.test('transfers are newest first, sort both ways, and ignore the modification filter', async (t) => {
  const { get } = await connect(t, { items: 2221 })
  const list = (query = '') => get(`/inventory/v1/transferorders?${query}`)
  const first = await list(future)
  t.equal(rowsOf(first, 'transfer_orders').length, 40)
  t.match(first.json.page_context, {
    applied_filter: 'TransferDate.All',
    sort_column: 'created_time',
    sort_order: 'D',
  })
  for (const column of ['date', 'created_time', 'last_modified_time']) {
    const values = async (order: string) =>
      rowsOf(await list(`sort_column=${column}&sort_order=${order}`), 'transfer_orders').map((row) =>
        textOf(row[column]),
      )
    const ascending = await values('A')
    t.strictSame(ascending, [...ascending].sort())
    t.strictSame(await values('D'), [...ascending].reverse())
  }
  const moving = rowsOf(await list('status=in_transit'), 'transfer_orders')
  t.equal(moving.length, 3)
  t.ok(moving.every((row) => row.is_intransit_order === true && row.from_location_id !== row.to_location_id))
})

t.test('a transfer sums its lines', async (t) => {
  const { simulator, get } = await connect(t)
  const { records, webhooks } = simulator.control
  webhooks.set({ target: 'http://127.0.0.1:1' })
  const [itemId = ''] = records.ids('items')
  const lines = [1, 2].map((quantity) => ({ item_id: itemId, quantity_transfer: quantity }))
  const { id } = records.create('transferorders', { status: 'in_transit', line_items: lines })
  const transfer = objectOf((await get(`/inventory/v1/transferorders/${id}`)).json.transfer_order)
  t.match(transfer, {
    transfer_order_number: /^TO-\d{5}$/,
    quantity_transfer: 3,
    from_location_name: 'Main Warehouse',
    to_location_name: 'Showroom Karrada',
    line_items: [{ line_item_id: /^\d{19}$/, quantity_transfer: 1 }, { quantity_transfer: 2 }],
  })
  t.match(webhooks.pending(), [{ module: 'transfers', event: 'created', id }])
})

t.test('without Locations, both name warehouses', async (t) => {
  const { get } = await connect(t, { places: 'warehouses' })
  for (const [path, key, prefixes] of [
    ['inventoryadjustments', 'inventory_adjustment', ['']],
    ['transferorders', 'transfer_order', ['from_', 'to_']],
  ] as const) {
    const [row = {}] = rowsOf(await get(`/inventory/v1/${path}`), `${key}s`)
    const detail = objectOf((await get(`/inventory/v1/${path}/${row[`${key}_id`]}`)).json[key])
    for (const shown of [row, detail]) {
      for (const prefix of prefixes) t.match(shown[`${prefix}warehouse_id`], /^\d{19}$/)
      for (const prefix of prefixes) t.match(shown[`${prefix}warehouse_name`], /./)
    }
    t.notMatch(JSON.stringify([row, detail]), /location_/)
    const lines = Array.isArray(detail.line_items) ? detail.line_items.filter(isFields) : []
    t.ok(
      lines.every((line) => numberOf(line.quantity_transfer ?? line.quantity_adjusted) !== 0 || 'item_total' in line),
    )
  }
})
