import sharp from 'sharp'
import t from 'tap'
import { countExpectedImages } from './images/expected.ts'
import { expectedImages, type PictureKind, pictureKinds } from './index.ts'
import { connect, objectOf, type TestClient } from './test-client.ts'

const withPicture = ({ simulator }: TestClient) =>
  simulator.control.records.ids('items', ({ picture }) => picture?.kind === 'jpeg')
const imagePath = (id: string | undefined) => `/inventory/v1/items/${id}/image`

t.test('pictures are real, distinct and the same every time', async (t) => {
  const client = await connect(t)
  const [first, second] = withPicture(client)
  const one = await client.get(imagePath(first))
  t.match(one, { status: 200, headers: { 'content-type': 'image/jpeg' } })
  t.match(await sharp(one.bytes).metadata(), { format: 'jpeg', width: 200, height: 200 })
  t.notOk(one.bytes.equals((await client.get(imagePath(second))).bytes))
  const books = await client.get(`/books/v3/items/${first}/image`)
  t.ok(one.bytes.equals(books.bytes))
  t.match(await sharp((await client.get(`${imagePath(first)}?preview=true`)).bytes).metadata(), { width: 80 })
})

const formats: [PictureKind, string, string][] = [
  ['png', 'image/png', 'png'],
  ['webp', 'image/webp', 'webp'],
  ['gif', 'image/gif', 'gif'],
  ['large-png', 'image/png', 'png'],
  ['large-jpeg', 'image/jpeg', 'jpeg'],
]
for (const [kind, contentType, format] of formats) {
  t.test(`a ${kind} decodes to the end`, async (t) => {
    const client = await connect(t)
    const [id = ''] = withPicture(client)
    client.simulator.control.images.replace(id, { kind })
    const { bytes, headers } = await client.get(imagePath(id))
    t.equal(headers['content-type'], contentType)
    t.equal((await sharp(bytes).metadata()).format, format)
    await sharp(bytes).stats()
    t.equal(bytes.length > 5_000_000, kind.startsWith('large-'))
  })
}

t.test('bad pictures lie about what they are', async (t) => {
  const client = await connect(t)
  const [id = ''] = withPicture(client)
  const { images } = client.simulator.control
  images.break(id)
  await t.rejects(sharp((await client.get(imagePath(id))).bytes, { failOn: 'truncated' }).stats())
  images.replace(id, { kind: 'svg-as-png' })
  t.match(await client.get(imagePath(id)), { status: 200, headers: { 'content-type': 'image/png' }, bytes: /^<svg/ })
  images.replace(id, { kind: 'html-as-jpeg' })
  t.match(await client.get(imagePath(id)), { headers: { 'content-type': 'image/jpeg' }, bytes: /^<!DOCTYPE html/ })
})

t.test('a replaced picture has a new document id and other bytes', async (t) => {
  const client = await connect(t)
  const [id = ''] = withPicture(client)
  const { images, records } = client.simulator.control
  const before = { ...records.get('items', id).fields }
  const old = await client.get(imagePath(id))
  images.replace(id)
  t.not(records.get('items', id).fields.image_document_id, before.image_document_id)
  t.not(records.get('items', id).fields.last_modified_time, before.last_modified_time)
  t.notOk(old.bytes.equals((await client.get(imagePath(id))).bytes))
})

t.test('a removed picture is named no more, a lost one still is; both answer 404', async (t) => {
  const client = await connect(t)
  const [removed = '', lost = ''] = withPicture(client)
  const { images } = client.simulator.control
  images.remove(removed)
  images.lose(lost)
  const nameOf = async (id: string) => objectOf((await client.get(`/inventory/v1/items/${id}`)).json.item).image_name
  t.equal(await nameOf(removed), '')
  t.not(await nameOf(lost), '')
  for (const id of [removed, lost, '1']) t.match(await client.get(imagePath(id)), { status: 404, json: { code: 1002 } })
})

t.test('without the scope images answer code 57, as 401 or inside a 200', async (t) => {
  const client = await connect(t)
  const [id] = withPicture(client)
  await client.control('PUT', 'images/access', { access: 'refused-401' })
  t.match(await client.get(imagePath(id)), { status: 401, json: { code: 57 } })
  t.equal((await client.get('/inventory/v1/items')).status, 200)
  await client.control('PUT', 'images/access', { access: 'refused-200' })
  t.match(await client.get(imagePath(id)), { status: 200, json: { code: 57 } })
})

t.test('the expected numbers of the default organisation are those of the seed, whatever the seed', async (t) => {
  for (const seed of [1, 77]) {
    const { simulator } = await connect(t, { items: 2221, seed })
    t.strictSame(simulator.control.images.expected(), expectedImages)
    const { ids, get } = simulator.control.records
    const items = ids('items').map((id) => get('items', id))
    t.strictSame(countExpectedImages(items), expectedImages)
    t.strictSame(new Set(items.flatMap(({ picture }) => picture?.kind ?? [])), new Set(pictureKinds))
  }
})
