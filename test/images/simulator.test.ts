import t from 'tap'
import { errorCode } from '../../src/errors.ts'
import type { ImagesDeps } from '../../src/images/index.ts'
import { answerError } from '../../src/zoho/errors.ts'
import type { Json } from '../simulator/json.ts'
import { connect } from '../simulator/test-client.ts'
import { type Bench, setUp } from './setup.ts'

const client = await connect(t, { items: 300, limits: 'relaxed' })
const { records, images: pictures, calls } = client.simulator.control
const bench = await setUp(t, overSimulator())
const items = records.ids('items')
const withPicture = records.ids('items', ({ fields }) => fields.image_name !== '')

/** One call and Zoho's verdict on it: what the Zoho room does, without budget and token. */
function overSimulator(): ImagesDeps['zoho'] {
  return {
    async getBytes({ product, path, permit }) {
      const { status, bytes, headers, json } = await client.get(`/inventory/v1${path}`)
      const contentType = typeof headers['content-type'] === 'string' ? headers['content-type'] : null
      const code = contentType?.startsWith('application/json') ? Number(json.code) : null
      const answer = { status, code, message: null, retryAfter: null, isFile: true }
      const error = answerError(answer, { product, path }, Date.now())
      if (error) throw error
      return { bytes, contentType, readAt: permit?.startedAt ?? '', calls: 1 }
    },
  }
}

async function mirror(id: string): Promise<void> {
  const text = (value: Json | undefined) => (typeof value === 'string' ? value : '')
  const { image_document_id: documentId, image_name: imageName } = records.get('items', id).fields
  await bench.product(id, { documentId: text(documentId), imageName: text(imageName) })
}

/** Runs what is wanted as the image lane would: ten at once, a transient error once more. */
async function runWanted({ images, db, run }: Bench): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const queue = (await images.wanted(db)).values()
  const lane = async () => {
    for (const id of queue) {
      const end = await run(id)
        .catch(() => run(id))
        .then(({ outcome }) => outcome, errorCode)
      counts[end] = (counts[end] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 10 }, lane))
  return counts
}

t.test('every picture of the organisation ends as it should, each for one call', async (t) => {
  for (const id of items) await mirror(id)
  const { withImage, good, broken, refused } = pictures.expected()
  calls.reset()
  t.same(await runWanted(bench), { written: good, skipped: broken + refused })
  t.equal(withPicture.length, withImage)
  t.equal((await bench.files()).length, good)
  t.equal(calls.report().total, withImage + broken, 'a damaged picture is read twice')
  t.match(await bench.images.sweep(), { orphans: 0, checked: good, damaged: [] })
})

t.test('a second pass has nothing to do', async (t) => {
  t.same(await bench.images.wanted(bench.db), [])
})

t.test('replaced, removed and lost pictures are each seen, and nothing else is read', async (t) => {
  const [replaced, removed, lost, plain] = withPicture.filter((id) => records.get('items', id).picture?.kind === 'jpeg')
  if (!replaced || !removed || !lost || !plain) throw new Error('The organisation has too few pictures')
  const before = await bench.row(replaced)
  pictures.replace(replaced, { kind: 'webp' })
  pictures.remove(removed)
  pictures.replace(lost)
  pictures.lose(lost)
  for (const id of [replaced, removed, lost, plain]) await mirror(id)
  calls.reset()
  t.same(await runWanted(bench), { written: 2, skipped: 1 })
  t.equal(calls.report().total, 2)
  t.match(await bench.row(replaced), { status: 'present', content_type: 'image/webp' })
  t.not((await bench.row(replaced))?.sha256, before?.sha256)
  t.match(await bench.row(removed), { status: 'none', image_document_id: null })
  t.match(await bench.row(lost), { status: 'none', reason: /404/ })
  t.match(await bench.images.sweep(), { orphans: 0, damaged: [] })
})

t.test('want of scope, in either form, pauses the images', async (t) => {
  const [id] = withPicture
  if (id === undefined) throw new Error('The organisation has no picture')
  pictures.replace(id)
  await mirror(id)
  const before = await bench.row(id)
  pictures.setAccess('refused-200')
  t.same(await runWanted(bench), { IMAGES_PAUSED: 1 })
  t.same(await bench.row(id), before)
  pictures.setAccess('allowed')
})
