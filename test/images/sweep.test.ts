import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { sql } from '../../db/index.ts'
import { picture } from './pictures.ts'
import { setUp } from './setup.ts'

const bench = await setUp(t)
const { db, dir, images } = bench

t.before(async () => {
  bench.answer(await picture('png'))
  for (const id of ['1', '2', '3', '4']) {
    await bench.product(id, { documentId: 'd', imageName: 'a.png' })
    await bench.run(id)
  }
})

t.test('a folder that agrees with the rows is left as it is', async (t) => {
  t.same(await images.sweep(), { orphans: 0, odd: 0, temps: 0, foreign: 0, checked: 4, damaged: [] })
  t.equal((await bench.files()).length, 4)
})

t.test('files no row names, links and old temp files go; what is not ours stays', async (t) => {
  await writeFile(join(dir, 'item_1_old.png'), 'x')
  await writeFile(join(dir, 'item_99_a.gif'), 'x')
  await writeFile(join(dir, 'readme.txt'), 'x')
  await symlink('readme.txt', join(dir, 'item_98_a.gif'))
  await mkdir(join(dir, '.tmp'), { recursive: true })
  for (const name of ['young', 'old']) await writeFile(join(dir, '.tmp', name), 'x')
  await utimes(join(dir, '.tmp', 'old'), new Date(0), new Date(0))
  t.match(await images.sweep(), { orphans: 2, odd: 1, temps: 1, foreign: 1, damaged: [] })
  t.same(await bench.files(), ['item_1_a.png', 'item_2_a.png', 'item_3_a.png', 'item_4_a.png', 'readme.txt'])
  t.same(await readdir(join(dir, '.tmp')), ['young'])
})

t.test('a file published by an item that is still in hand stays until its lease ends', async (t) => {
  await writeFile(join(dir, 'item_50_a.png'), 'x')
  await sql`
    insert into tds_sync_queue (entity_type, source_entity_id, status, lane, lease_until, claimed_version)
    values ('product_images', '50', 'processing', 'image', now() + interval '1 minute', 1)`.execute(db)
  t.match(await images.sweep(), { orphans: 0 })
  await sql`update tds_sync_queue set lease_until = now() - interval '1 second' where source_entity_id = '50'`.execute(
    db,
  )
  t.match(await images.sweep(), { orphans: 1 })
})

t.test('missing, altered and unreadable files are found, by item', async (t) => {
  const { unlink } = await import('node:fs/promises')
  await unlink(join(dir, 'item_1_a.png'))
  await writeFile(join(dir, 'item_2_a.png'), 'altered')
  await unlink(join(dir, 'item_3_a.png'))
  await mkdir(join(dir, 'item_3_a.png'))
  t.match(await images.sweep(), { checked: 4, damaged: ['1', '2', '3'] })
})

t.test('wanted names the items with something new, and only those asked about', async (t) => {
  t.same(await images.wanted(db), [])
  await bench.product('2', { documentId: 'e', imageName: 'a.png' })
  await bench.product('4', {})
  await bench.product('7', { documentId: 'd' })
  await bench.product('8', { documentId: '', imageName: '' })
  await bench.product('9', { documentId: 'd', deleted: true })
  t.same(await images.wanted(db), ['2', '4', '7'])
  t.same(await images.wanted(db, ['4', '1']), ['4'])
  t.same(await images.wanted(db, []), [])
  t.same(await images.wanted(db, undefined, { after: '2', limit: 1 }), ['4'])
  await bench.run('7')
  t.same(await images.wanted(db), ['2', '4'])
})

t.test('a remembered refusal is asked for again after a recheck', async (t) => {
  await bench.product('20', { documentId: 'd' })
  bench.answer(Buffer.from('<svg/>'))
  await bench.run('20')
  t.same(await images.wanted(db, ['20']), [])
  t.same(await images.recheck({ statuses: ['too_large'] }), [])
  t.same(await images.recheck({ itemIds: ['20', '7'] }), ['20'])
  t.same(await images.wanted(db, ['20']), ['20'])
})

t.test('a sweep can be stopped', async (t) => {
  await t.rejects(images.sweep({ signal: AbortSignal.abort() }), { name: 'AbortError' })
})
