import { execFileSync } from 'node:child_process'
import { mkdir, open, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createStore } from '../../src/images/store.ts'
import { storeError } from '../../src/images/store-errors.ts'

const name = 'item_1_a.png'
const held = { holdsLease: async () => true, signal: new AbortController().signal }
const bytes = Buffer.from('the picture')

t.test('a published file is there, whole, and no temp file is left', async (t) => {
  const dir = join(t.testdir(), 'deep', 'images')
  const store = createStore(dir)
  await store.publish(name, bytes, held)
  const file = await store.open(name)
  t.match(file, { name, bytes: 11, contentType: 'image/png', sha256: /^[0-9a-f]{64}$/ })
  await file?.close()
  t.same(await readdir(join(dir, '.tmp')), [])
})

t.test('a replaced file has the new digest, and a reader of the old one reads on', async (t) => {
  const store = createStore(t.testdir())
  await store.publish(name, bytes, held)
  const before = await store.open(name)
  await store.publish(name, Buffer.from('another one'), held)
  const after = await store.open(name)
  t.not(after?.sha256, before?.sha256)
  const read: Buffer[] = []
  for await (const part of before?.stream() ?? []) read.push(part)
  t.equal(Buffer.concat(read).toString(), 'the picture')
  await after?.close()
})

t.test('a lease lost before the rename publishes nothing', async (t) => {
  const dir = t.testdir()
  const store = createStore(dir)
  const lost = { ...held, holdsLease: async () => false }
  await t.rejects(store.publish(name, bytes, lost), { code: 'IMAGE_LEASE_LOST' })
  t.same(await readdir(dir), ['.tmp'])
  t.same(await readdir(join(dir, '.tmp')), [])
})

t.test('a stop before the rename publishes nothing', async (t) => {
  const dir = t.testdir()
  const stop = new AbortController()
  const holdsLease = async () => {
    stop.abort()
    return true
  }
  await t.rejects(createStore(dir).publish(name, bytes, { holdsLease, signal: stop.signal }), { name: 'AbortError' })
  t.same(await readdir(dir), ['.tmp'])
})

t.test('a link in the place of the picture is refused, and its target stays as it was', async (t) => {
  const dir = t.testdir({ secret: 'keep me' })
  await symlink(join(dir, 'secret'), join(dir, name))
  const store = createStore(dir)
  await t.rejects(store.publish(name, bytes, held), { code: 'IMAGE_ODD_TARGET' })
  t.equal(await readFile(join(dir, 'secret'), 'utf8'), 'keep me')
})

t.test('links, folders and pipes under a name of ours are not opened', async (t) => {
  const dir = t.testdir({ secret: 'keep me' })
  await symlink(join(dir, 'secret'), join(dir, name))
  await mkdir(join(dir, 'item_2_a.png'))
  execFileSync('mkfifo', [join(dir, 'item_3_a.png')])
  const store = createStore(dir)
  for (const each of [name, 'item_2_a.png', 'item_3_a.png']) t.equal(await store.open(each), undefined, each)
})

t.test('a link in the place of the temp folder is refused', async (t) => {
  const dir = t.testdir({ images: {}, elsewhere: {} })
  await symlink(join(dir, 'elsewhere'), join(dir, 'images', '.tmp'))
  await t.rejects(createStore(join(dir, 'images')).publish(name, bytes, held), { code: 'IMAGE_ODD_TARGET' })
  t.same(await readdir(join(dir, 'elsewhere')), [])
})

t.test('names that are not ours are neither written, read nor removed', async (t) => {
  const dir = t.testdir({ images: {}, 'item_1_a.png': 'outside' })
  const store = createStore(join(dir, 'images'))
  for (const each of ['../item_1_a.png', '.tmp/x', 'notes.txt', '']) {
    await t.rejects(store.publish(each, bytes, held), { code: 'IMAGE_BAD_NAME' })
    t.equal(await store.open(each), undefined)
    await t.rejects(store.remove(each), { code: 'IMAGE_BAD_NAME' })
  }
})

t.test('entries say what is ours, what is odd and what is not ours', async (t) => {
  const dir = t.testdir({ [name]: 'x', 'notes.txt': 'y', '.tmp': {} })
  await symlink('notes.txt', join(dir, 'item_2_a.png'))
  const kinds: Record<string, string> = {}
  for await (const entry of createStore(dir).entries()) kinds[entry.name] = entry.kind
  t.same(kinds, { [name]: 'ours', 'notes.txt': 'foreign', 'item_2_a.png': 'odd' })
})

t.test('only old temp files are removed', async (t) => {
  const dir = t.testdir({ '.tmp': {} })
  await writeFile(join(dir, '.tmp', 'old'), '')
  await utimes(join(dir, '.tmp', 'old'), 1000, 1000)
  await writeFile(join(dir, '.tmp', 'young'), '')
  t.equal(await createStore(dir).removeTemps(2_000_000), 1)
  t.same(await readdir(join(dir, '.tmp')), ['young'])
})

t.test('a full disk is an error of its own that is tried again', async (t) => {
  await using full = await open('/dev/full', 'w')
  const error: unknown = await full.writeFile('x').catch((reason: unknown) => reason)
  t.match(storeError(error, 'writing a picture'), { code: 'IMAGE_DISK_FULL', kind: 'transient' })
  t.match(storeError(Object.assign(new Error('no'), { code: 'EACCES' }), 'x'), {
    code: 'IMAGE_STORE',
    kind: 'transient',
  })
})
