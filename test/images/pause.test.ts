import t from 'tap'
import { sql } from '../../db/index.ts'
import { TdsError } from '../../src/errors.ts'
import { picture } from './pictures.ts'
import { setUp } from './setup.ts'

const bench = await setUp(t)
const { db, run, answer, calls } = bench
const png = await picture('png')
const noScope = new TdsError('ZOHO_SCOPE', 'permanent', 'You are not authorized to perform this operation')

const alerts = async () => {
  const { rows } = await sql<Record<string, unknown>>`
    select severity, status, occurrences from tds_alerts where fingerprint = 'images-scope' order by id`.execute(db)
  return rows
}
const endPause = async () => {
  await sql`
    update tds_alerts set detail = jsonb_build_object('paused_until', now() - interval '1 second')
    where fingerprint = 'images-scope'`.execute(db)
}

t.before(async () => {
  for (const id of ['1', '2', '3']) await bench.product(id, { documentId: 'd', imageName: 'a.png' })
})

t.test('I11: want of scope pauses every picture with one critical alert, and saves nothing as an image', async (t) => {
  answer(noScope)
  await t.rejects(run('1'), { code: 'IMAGES_PAUSED', kind: 'wait', retryAt: Date })
  t.same(await alerts(), [{ severity: 'critical', status: 'open', occurrences: 1 }])
  t.same(await bench.files(), [])
  t.ok(((await bench.images.pausedUntil())?.getTime() ?? 0) > Date.now() + 600_000)
})

t.test('while it lasts the others wait without a call, their permits given back', async (t) => {
  const before = { calls: calls.length, cancelled: bench.cancelled() }
  await t.rejects(run('2'), { code: 'IMAGES_PAUSED', kind: 'wait' })
  t.equal(calls.length, before.calls)
  t.equal(bench.cancelled(), before.cancelled + 1)
})

t.test('when it ends one item probes, and a refusal lengthens the pause in the same alert', async (t) => {
  await endPause()
  const before = calls.length
  const refused = Promise.withResolvers<TdsError>()
  answer(refused.promise)
  const all = ['1', '2', '3'].map((id) => run(id))
  const first = await Promise.race(all).catch((error: unknown) => error)
  t.match(first, { code: 'IMAGES_PAUSED' }, 'one that may not probe does not wait for the probe')
  refused.resolve(noScope)
  t.ok((await Promise.allSettled(all)).every(({ status }) => status === 'rejected'))
  t.equal(calls.length, before + 1)
  t.same(await alerts(), [{ severity: 'critical', status: 'open', occurrences: 2 }])
})

t.test('a probe that succeeds resolves the alert, and all go on', async (t) => {
  await endPause()
  answer(png)
  t.match(await run('1'), { outcome: 'written' })
  t.match(await alerts(), [{ status: 'resolved' }])
  t.equal(await bench.images.pausedUntil(), null)
  t.match(await run('2'), { outcome: 'written' })
})

t.test('a 404 also proves the permission, an error does not', async (t) => {
  answer(noScope)
  await t.rejects(run('3'), { code: 'IMAGES_PAUSED' })
  await endPause()
  answer(new TdsError('ZOHO_SERVER', 'transient', 'no'))
  await t.rejects(run('3'), { code: 'ZOHO_SERVER' })
  t.not(await bench.images.pausedUntil(), null)
  await endPause()
  answer(new TdsError('ZOHO_NOT_FOUND', 'permanent', 'no'))
  t.match(await run('3'), { outcome: 'skipped' })
  t.equal(await bench.images.pausedUntil(), null)
})
