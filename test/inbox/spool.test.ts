import { appendFile, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createSpool } from '../../src/inbox/spool.ts'
import { decodeRecords, encodeRecords } from '../../src/inbox/spool-format.ts'
import { record } from './records.ts'

t.test('what is written is read back, oldest first, and gone when removed', async (t) => {
  const dir = join(t.testdir(), 'not', 'there', 'yet')
  const spool = createSpool({ dir, maxBytes: 1_000_000 })
  t.same(await spool.list(), [])
  const [first, second] = [record({ body: Buffer.from([0, 255, 10, 13]) }), record({ event: 'edited' })]
  await spool.write([first])
  await spool.write([second])
  const names = await spool.list()
  const read = await Promise.all(names.map((name) => spool.read(name)))
  t.same(
    read.map((file) => file?.records),
    [[first], [second]],
  )
  for (const name of names) await spool.remove(name)
  t.same(await readdir(dir), [])
  t.equal(spool.usedBytes(), 0)
  t.equal(await spool.read(names[0] ?? ''), undefined, 'a file another process drained is no fault')
})

t.test('a full spool refuses, and takes again what fits when it was drained', async (t) => {
  const spool = createSpool({ dir: t.testdir(), maxBytes: 3_000 })
  const large = record({ body: Buffer.alloc(1_500) })
  await spool.write([large])
  await t.rejects(spool.write([large]), { code: 'INBOX_SPOOL_FULL', status: 503 })
  for (const name of await spool.list()) await spool.remove(name)
  await spool.write([large])
})

t.test('a spool counts what a dead process left in it', async (t) => {
  const dir = t.testdir()
  await createSpool({ dir, maxBytes: 3_000 }).write([record({ body: Buffer.alloc(1_500) })])
  const next = createSpool({ dir, maxBytes: 3_000 })
  await t.rejects(next.write([record({ body: Buffer.alloc(1_500) })]), { code: 'INBOX_SPOOL_FULL' })
  t.equal((await next.list()).length, 1)
})

t.test('a torn temporary file is neither drained nor kept for ever', async (t) => {
  const dir = t.testdir({ '.torn.tmp': 'half a rec', '.new.tmp': 'being written' })
  const old = new Date('2026-01-01')
  await utimes(join(dir, '.torn.tmp'), old, old)
  const spool = createSpool({ dir, maxBytes: 1_000 })
  t.same(await spool.list(), [])
  await spool.removeTorn(Date.now())
  t.same(await readdir(dir), ['.new.tmp'])
})

t.test('a damaged record is known and does not spoil its neighbours', async (t) => {
  const records = [record({ module: 'one' }), record({ module: 'two' }), record({ module: 'three' })]
  const text = encodeRecords(records).toString('utf8')
  const flipped = Buffer.from(text.replace('"module":"two"', '"module":"tow"'))
  t.same(decodeRecords(flipped), { records: [records[0], records[2]], corruptLines: [3] })
  t.same(decodeRecords(Buffer.from(text.slice(0, -10))), { records: records.slice(0, 2), corruptLines: [4] })
  t.same(decodeRecords(Buffer.from(`garbage\n${text}`)).corruptLines, [1])
})

t.test('a file that lost its end is known, even where a line ends, and where nothing is left', async (t) => {
  const records = [record({ module: 'one' }), record({ module: 'two' })]
  const whole = encodeRecords(records)
  const endOfFirst = whole.lastIndexOf('\n', whole.length - 2) + 1
  t.same(decodeRecords(whole.subarray(0, endOfFirst)), { records: records.slice(0, 1), corruptLines: [3] })
  t.same(decodeRecords(Buffer.alloc(0)), { records: [], corruptLines: [1] })
})

t.test('a file as older versions wrote it, without the line that counts, is whole', async (t) => {
  const records = [record({ module: 'one' }), record({ module: 'two' })]
  const whole = encodeRecords(records)
  const older = whole.subarray(whole.indexOf('\n') + 1)
  t.same(decodeRecords(older), { records, corruptLines: [] })
})

t.test(
  'what was set aside is counted until somebody takes it away, and a name that tells no time is no fault',
  async (t) => {
    const dir = t.testdir({ 'nobody knows.events': 'garbage', 'old.events.corrupt': 'garbage' })
    const spool = createSpool({ dir, maxBytes: 10_000 })
    t.same(await spool.list(), ['nobody knows.events'])
    t.equal(spool.oldestAt(), null)
    await spool.setAside('nobody knows.events')
    t.equal(spool.damaged(), 2)
    await rm(join(dir, 'old.events.corrupt'))
    await spool.list()
    t.equal(spool.damaged(), 1)
  },
)

t.test('a damaged file set aside is no longer listed and still there', async (t) => {
  const dir = t.testdir()
  const spool = createSpool({ dir, maxBytes: 10_000 })
  await spool.write([record()])
  const [name = ''] = await spool.list()
  await appendFile(join(dir, name), 'garbage')
  const aside = await spool.setAside(name)
  t.same(await spool.list(), [])
  t.match(await readFile(aside, 'utf8'), /garbage$/)
})

t.test('a folder that cannot be written is said so and leaves nothing behind', async (t) => {
  const dir = join(t.testdir(), 'spool')
  await mkdir(join(dir, '..', 'other'))
  await writeFile(dir, 'a file where the folder should be')
  const spool = createSpool({ dir, maxBytes: 10_000 })
  await t.rejects(spool.write([record()]), { code: 'ENOTDIR' })
  await rm(dir)
  await spool.write([record()])
  t.equal((await spool.list()).length, 1)
})
