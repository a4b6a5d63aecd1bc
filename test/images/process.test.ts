import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { sql } from '../../db/index.ts'
import { TdsError } from '../../src/errors.ts'
import { html, picture, svg } from './pictures.ts'
import { setUp, sha256 } from './setup.ts'

const bench = await setUp(t)
const { db, run, product, answer, files, row, shown, calls } = bench
const png = await picture('png')
const jpeg = await picture('jpeg', { seed: 2 })
const held = { holdsLease: async () => true, signal: new AbortController().signal }

/** Every test has an item of its own. */
let last = 1000
const nextItem = () => String(++last)
const filesOf = async (itemId: string) => (await files()).filter((name) => name.startsWith(`item_${itemId}_`))

t.test('a new picture becomes a file, a fact and what the product shows', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'front view.jpg' })
  answer(png)
  t.match(await run(id), { outcome: 'written' })
  const fileName = `item_${id}_front-view.png`
  t.same(await filesOf(id), [fileName], 'the extension is that of the bytes')
  t.match(await row(id), {
    status: 'present',
    file_name: fileName,
    sha256: sha256(png),
    content_type: 'image/png',
    width: 60,
    height: 40,
    bytes: png.length,
    image_document_id: 'd1',
    product_id: Number,
  })
  const url = `/static/images/products/${fileName}`
  const image = { url: `${url}?v=${sha256(png).slice(0, 16)}`, content_type: 'image/png', width: 60, height: 40 }
  t.match(await shown(id), { image_url: url, images: [{ ...image, sha256: sha256(png), bytes: png.length }] })
  t.match(calls.at(-1), { path: `/items/${id}/image`, product: 'inventory', deadlineMs: 30_000 })
})

t.test('an unchanged picture costs no call, gives the permit back and writes nothing', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(png)
  await run(id)
  const before = { calls: calls.length, cancelled: bench.cancelled(), shown: await shown(id) }
  const effect = await bench.process(id)
  t.equal(effect.outcome, 'unchanged')
  t.equal(effect.apply, undefined)
  t.equal(calls.length, before.calls)
  t.equal(bench.cancelled(), before.cancelled + 1)
  t.same(await shown(id), before.shown)
})

t.test('a replaced picture takes the place of the old file when the name stays', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(png)
  await run(id)
  await product(id, { documentId: 'd2', imageName: 'a.png' })
  const other = await picture('png', { seed: 9 })
  answer(other)
  t.match(await run(id), { outcome: 'written' })
  t.same(await filesOf(id), [`item_${id}_a.png`])
  t.match(await row(id), { sha256: sha256(other), image_document_id: 'd2' })
})

t.test('a replaced picture under another name leaves no old file', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(png)
  await run(id)
  await product(id, { documentId: 'd2', imageName: 'b.jpg' })
  answer(jpeg)
  const effect = await bench.process(id)
  t.same(await filesOf(id), [`item_${id}_a.png`, `item_${id}_b.jpg`], 'both until the commit')
  await db.transaction().execute(async (tx) => effect.apply?.(tx))
  await effect.afterCommit?.()
  t.same(await filesOf(id), [`item_${id}_b.jpg`])
})

t.test('the same bytes under a new document id change facts only', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(png)
  await run(id)
  const before = { shown: await shown(id), file: await bench.images.open(`item_${id}_a.png`) }
  await product(id, { documentId: 'd2', imageName: 'a.png' })
  await run(id)
  const after = await bench.images.open(`item_${id}_a.png`)
  t.match(await row(id), { image_document_id: 'd2' })
  t.same(await shown(id), before.shown, 'the product does not move')
  t.same(after?.modifiedAt, before.file?.modifiedAt, 'the file was not written again')
  await Promise.all([before.file?.close(), after?.close()])
})

t.test('a picture taken away is cleared without a call, file and all', async (t) => {
  for (const gone of [{}, { documentId: '', imageName: '' }, { documentId: 'd1', imageName: 'a.png', deleted: true }]) {
    const id = nextItem()
    await product(id, { documentId: 'd1', imageName: 'a.png' })
    answer(png)
    await run(id)
    const before = calls.length
    await product(id, gone)
    t.match(await run(id), { outcome: 'written' })
    t.equal(calls.length, before)
    t.match(await row(id), { status: 'none', file_name: null, image_document_id: null })
    t.match(await shown(id), { image_url: null, images: [] })
    t.same(await filesOf(id), [])
    t.match(await run(id), { outcome: 'unchanged' }, 'once')
  }
})

t.test('an item without product or picture needs nothing', async (t) => {
  const [unknown, plain] = [nextItem(), nextItem()]
  await product(plain, {})
  const before = calls.length
  t.match(await run(unknown), { outcome: 'unchanged' })
  t.match(await run(plain), { outcome: 'unchanged' })
  t.equal(calls.length, before)
  t.equal(await row(plain), undefined)
})

t.test('404 and 400 mean no picture, remembered for that version', async (t) => {
  for (const [code, httpStatus] of [
    ['ZOHO_NOT_FOUND', 404],
    ['ZOHO_BAD_REQUEST', 400],
  ] as const) {
    const id = nextItem()
    await product(id, { documentId: 'd1', imageName: 'a.png' })
    answer(new TdsError(code, 'permanent', 'no', { detail: { httpStatus } }))
    t.match(await run(id), { outcome: 'skipped', reason: /no picture/ })
    t.match(await row(id), { status: 'none', image_document_id: 'd1', reason: new RegExp(String(httpStatus)) })
    const before = calls.length
    t.match(await run(id), { outcome: 'unchanged' })
    t.equal(calls.length, before)
    await product(id, { documentId: 'd2', imageName: 'a.png' })
    answer(png)
    t.match(await run(id), { outcome: 'written' }, 'a new version is asked for')
  }
})

t.test('other bad requests are errors, not absent pictures', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1' })
  answer(new TdsError('ZOHO_BAD_REQUEST', 'permanent', 'no', { detail: { httpStatus: 405 } }))
  await t.rejects(run(id), { code: 'ZOHO_BAD_REQUEST' })
  t.equal(await row(id), undefined)
})

t.test('SVG and HTML in disguise are refused, remembered, and publish nothing', async (t) => {
  for (const [bytes, words] of [
    [svg, /SVG/],
    [html, /HTML/],
  ] as const) {
    const id = nextItem()
    await product(id, { documentId: 'd1', imageName: 'a.png' })
    answer({ bytes, contentType: 'image/png' })
    t.match(await run(id), { outcome: 'skipped', reason: words })
    t.match(await row(id), { status: 'refused', reason: words, file_name: null })
    t.same(await filesOf(id), [])
    const before = calls.length
    t.match(await run(id), { outcome: 'unchanged' })
    t.equal(calls.length, before)
  }
})

t.test('a page served as a page says nothing about the picture and is tried again', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer({ bytes: html, contentType: 'text/html;charset=UTF-8' })
  for (let attempt = 1; attempt <= 2; attempt++) {
    await t.rejects(run(id), { code: 'IMAGE_PAGE_INSTEAD', kind: 'transient' })
  }
  t.equal(await row(id), undefined)
})

t.test('a picture over the cap is recorded as too large', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(new TdsError('ZOHO_TOO_LARGE', 'permanent', 'too large'))
  t.match(await run(id), { outcome: 'skipped', reason: /too large/ })
  t.match(await row(id), { status: 'too_large' })
})

t.test('a cut picture is tried again, and the same bytes twice are broken at the source', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(jpeg.subarray(0, jpeg.length - 100))
  await t.rejects(run(id), { code: 'IMAGE_BROKEN', kind: 'transient' })
  t.equal(await row(id), undefined)
  answer(jpeg.subarray(0, jpeg.length - 200))
  await t.rejects(run(id), { code: 'IMAGE_BROKEN' }, 'cut elsewhere: the way is to blame')
  t.match(await run(id), { outcome: 'skipped', reason: /broken/ })
  t.match(await row(id), { status: 'broken', file_name: null })
  t.same(await filesOf(id), [])
})

t.test('a picture that came whole at the second try is written', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.jpg' })
  answer(jpeg.subarray(0, jpeg.length - 100))
  await t.rejects(run(id), { code: 'IMAGE_BROKEN' })
  answer(jpeg)
  t.match(await run(id), { outcome: 'written' })
})

t.test('an unusable new version takes the old picture away', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(png)
  await run(id)
  await product(id, { documentId: 'd2', imageName: 'a.png' })
  answer(svg)
  await run(id)
  t.match(await shown(id), { image_url: null, images: [] })
  t.same(await filesOf(id), [])
})

t.test('a missing or altered file is downloaded again though the rows agree', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(png)
  await run(id)
  await writeFile(join(bench.dir, `item_${id}_a.png`), 'altered')
  t.match(await run(id), { outcome: 'written' })
  const file = await bench.images.open(`item_${id}_a.png`)
  t.equal(file?.sha256, sha256(png))
  await file?.close()
})

t.test('a product that lost its columns shows the picture again without a call', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(png)
  await run(id)
  await sql`update products set image_url = null, images = '[]' where zoho_item_id = ${id}`.execute(db)
  const before = calls.length
  t.match(await run(id), { outcome: 'written' })
  t.equal(calls.length, before)
  t.match(await shown(id), { image_url: `/static/images/products/item_${id}_a.png`, images: [{ sha256: sha256(png) }] })
})

t.test('a lease lost during the download publishes and writes nothing', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(png)
  await t.rejects(run(id, { holdsLease: async () => false }), { code: 'IMAGE_LEASE_LOST' })
  t.same(await filesOf(id), [])
  t.equal(await row(id), undefined)
})

t.test('a version or a deletion that came during the download is not overwritten', async (t) => {
  for (const meanwhile of [
    { documentId: 'd2', imageName: 'a.png' },
    { documentId: 'd1', imageName: 'a.png', deleted: true },
  ]) {
    const id = nextItem()
    await product(id, { documentId: 'd1', imageName: 'a.png' })
    answer(png)
    const effect = await bench.process(id)
    await product(id, meanwhile)
    await db.transaction().execute(async (tx) => effect.apply?.(tx))
    t.equal(effect.outcome, 'stale')
    t.equal(await row(id), undefined)
    t.match(await shown(id), { image_url: null })
  }
})

t.test('an older read never replaces a newer one', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(png)
  const older = await bench.process(id)
  answer(await picture('png', { seed: 5 }))
  const newer = await bench.process(id)
  for (const effect of [newer, older]) await db.transaction().execute(async (tx) => effect.apply?.(tx))
  t.equal(newer.outcome, 'written')
  t.equal(older.outcome, 'stale')
  t.match(await row(id), { sha256: sha256(await picture('png', { seed: 5 })) })
})

t.test('a kill between rename and commit leaves no wrong row, and the sweep removes the file', async (t) => {
  const id = nextItem()
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(png)
  await bench.process(id, held)
  t.same(await filesOf(id), [`item_${id}_a.png`])
  t.match(await shown(id), { image_url: null })
  t.equal(await row(id), undefined)
  t.ok((await bench.images.sweep()).orphans > 0)
  t.same(await filesOf(id), [])
  t.match(await run(id), { outcome: 'written' }, 'and the item, run again, has its picture')
})

t.test('a link in the place of the picture is an error, and what it points to stays', async (t) => {
  const id = nextItem()
  await writeFile(join(bench.dir, 'secret'), 'keep me')
  await symlink(join(bench.dir, 'secret'), join(bench.dir, `item_${id}_a.png`))
  await product(id, { documentId: 'd1', imageName: 'a.png' })
  answer(png)
  await t.rejects(run(id), { code: 'IMAGE_ODD_TARGET', kind: 'permanent' })
  t.equal(await row(id), undefined)
})
