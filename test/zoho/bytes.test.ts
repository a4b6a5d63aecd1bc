import t from 'tap'
import { type World, world } from './setup.ts'

const call = { product: 'inventory', purpose: 'image', maxBytes: 10_000_000 } as const

t.test('an image comes as bytes with its type', async (t) => {
  const place = await world(t)
  const reply = await place.client().getBytes({ ...call, path: imagePath(place) })
  t.match(reply, { contentType: /^image\//, calls: 1, readAt: String })
  t.ok(reply.bytes.length > 100)
})

t.test('a larger image than allowed is cut off, and that is for good', async (t) => {
  const place = await world(t)
  const bytes = place.client().getBytes({ ...call, path: imagePath(place), maxBytes: 100 })
  await t.rejects(bytes, { code: 'ZOHO_TOO_LARGE', kind: 'permanent' })
})

for (const access of ['refused-401', 'refused-200'] as const) {
  t.test(`code 57 in place of an image is a missing scope (${access})`, async (t) => {
    const place = await world(t)
    const zoho = place.client()
    await zoho.get({ product: 'books', path: '/organizations', purpose: 'test' })
    await place.database.pool.query("update tds_zoho_token set attempted_at = attempted_at - interval '2 minutes'")
    place.simulator.control.images.setAccess(access)
    await t.rejects(zoho.getBytes({ ...call, path: imagePath(place) }), { code: 'ZOHO_SCOPE', kind: 'permanent' })
    t.equal(place.simulator.control.calls.report().tokenRequests, 2)
  })
}

t.test('no image is not found, whatever the body', async (t) => {
  const place = await world(t)
  const zoho = place.client()
  await t.rejects(zoho.getBytes({ ...call, path: '/items/1/image' }), { code: 'ZOHO_NOT_FOUND' })
  place.simulator.control.faults.set({
    kind: 'reply',
    path: '/inventory',
    status: 404,
    contentType: 'image/png',
    body: '',
  })
  await t.rejects(zoho.getBytes({ ...call, path: imagePath(place) }), { code: 'ZOHO_NOT_FOUND' })
})

t.test('a page in place of an image is trouble at Zoho', async (t) => {
  const place = await world(t)
  place.simulator.control.faults.set({ kind: 'html', path: '/inventory' })
  const zoho = place.client()
  const permit = await zoho.acquireWhenFree({ ...call, signal: AbortSignal.timeout(5000) })
  await t.rejects(zoho.getBytes({ ...call, path: imagePath(place), permit }), {
    code: 'ZOHO_NOT_JSON',
    kind: 'transient',
  })
})

t.test('a success without a file is an error', async (t) => {
  const place = await world(t)
  place.simulator.control.faults.set({ kind: 'json-code', path: '/inventory', code: 0, status: 200 })
  await t.rejects(place.client().getBytes({ ...call, path: imagePath(place) }), {
    code: 'ZOHO_NO_FILE',
    kind: 'permanent',
  })
})

function imagePath({ simulator }: World): string {
  const [id] = simulator.control.records.ids('items', ({ picture }) => picture?.kind === 'jpeg')
  return `/items/${id}/image`
}
