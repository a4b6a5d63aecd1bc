import t from 'tap'
import { connect, rowsOf } from './test-client.ts'

t.test('records are read, made, changed and deleted over HTTP', async (t) => {
  const { control, get } = await connect(t)
  const made = await control('POST', 'records/items', { fields: { name: 'Made', rate: 5 } })
  const id = String(made.json.id)
  t.match((await control('GET', `records/items/${id}`)).json, {
    id,
    fields: { name: 'Made', rate: 5, status: 'active' },
  })
  await control('PATCH', `records/items/${id}`, { fields: { status: 'inactive' } })
  t.match(await get(`/inventory/v1/items/${id}`), { json: { item: { status: 'inactive' } } })
  const inactive = (await control('GET', 'records/items?status=inactive')).json.ids
  t.ok(Array.isArray(inactive) && inactive.includes(id))
  t.equal((await control('DELETE', `records/items/${id}`)).status, 200)
  t.equal((await control('GET', `records/items/${id}`)).status, 404)
  t.equal((await control('GET', 'records/unicorns')).status, 404)
})

t.test('stock, images and credentials are set over HTTP', async (t) => {
  const { simulator, control, get } = await connect(t)
  const { records } = simulator.control
  const [id = ''] = records.ids('items', ({ fields }) => fields.item_type === 'inventory')
  const [locationId = ''] = records.ids('locations')
  t.equal((await control('PUT', `records/items/${id}/stock`, { locationId, onHand: 12 })).status, 200)
  t.match(records.get('items', id).stock?.at(-1), { locationId, onHand: 12, committed: 0 })
  t.match((await control('POST', `images/${id}/replace`, { kind: 'png' })).json, { image_type: 'png' })
  t.match((await control('POST', `images/${id}/remove`)).json, { image_name: '' })
  t.match((await control('GET', 'images/expected')).json, simulator.control.images.expected())
  await control('POST', 'oauth', { expire: true })
  t.equal((await get('/inventory/v1/items')).status, 401)
})

t.test('the clock is moved, stopped and set free over HTTP', async (t) => {
  const { simulator, control } = await connect(t)
  t.match((await control('POST', 'clock', { freeze: '2026-02-03T04:05:06Z' })).json, {
    now: '2026-02-03T04:05:06.000Z',
  })
  t.match((await control('POST', 'clock', { advanceMs: 1000 })).json, { now: '2026-02-03T04:05:07.000Z' })
  await control('POST', 'clock', { freeze: false })
  t.ok(simulator.control.clock.now() < Date.parse('2026-02-03T05:00:00Z'), 'it runs on from where it stood')
  await control('POST', 'clock', { reset: true })
  t.ok(Math.abs(simulator.control.clock.now() - Date.now()) < 5000)
})

t.test('reset brings everything back but the access tokens', async (t) => {
  const { simulator, control, get } = await connect(t)
  const { records, faults, clock, images, oauth } = simulator.control
  const before = JSON.stringify(records.ids('items').map((id) => records.get('items', id)))
  const [first = '', second = '', third = ''] = records.ids('items')
  records.change('items', first, { name: 'Changed' })
  records.delete('items', second)
  images.replace(third)
  images.setAccess('refused-401')
  faults.set({ kind: 'internal-error' })
  oauth.refuse('invalid_code')
  clock.advance(60_000)
  await control('POST', 'reset')
  t.equal(JSON.stringify(records.ids('items').map((id) => records.get('items', id))), before)
  t.equal(rowsOf(await get('/inventory/v1/items'), 'items').length, 60)
  t.match((await control('GET', 'summary')).json, { seed: 1, records: { items: 60, locations: 5 } })
})

t.test('closing twice is harmless and ends calls that are held', async (t) => {
  const { simulator, get } = await connect(t)
  const hold = simulator.control.faults.set({ kind: 'hold' })
  const held = get('/inventory/v1/items').catch(() => 'ended')
  await simulator.control.faults.waiting(hold, 1)
  await simulator.close()
  await simulator.close()
  t.ok(await held)
})
