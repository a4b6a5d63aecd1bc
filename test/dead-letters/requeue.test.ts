import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { sql } from '../../db/index.ts'
import { until } from '../inbox/setup.ts'
import { calmZoho } from '../monitor/fixture.ts'
import { audited, deadLettersFor, letter, manyLetters, queued } from './setup.ts'

const by = { reason: 'scope granted', actor: 'key tester' }

t.test('a preview says exactly what it would do and what it costs, and does nothing', async (t) => {
  const { db, deadLetters } = await deadLettersFor(t)
  await manyLetters(db, 230)
  await manyLetters(db, 7, 'b', 'bills')
  const preview = await deadLetters.requeue({ filter: { error_code: 'ZOHO_SCOPE' }, dryRun: true, ...by })
  t.match(preview, {
    count: 237,
    batch_id: null,
    frozen_at: Date,
    // 230 items by 100 a call, and a call for each bill; 90 calls a minute.
    estimate: {
      calls: 10,
      minutes: 1,
      notes: [],
      by_entity: [
        { entity_type: 'bills', records: 7, calls: 7 },
        { entity_type: 'products', records: 230, calls: 3 },
      ],
    },
  })
  t.equal(preview.samples.length, 10)
  t.same(await queued(db), [])
  t.same(await audited(db), [])
})

t.test('what stands in the way of the calls is part of the estimate', async (t) => {
  const { budget, products } = calmZoho
  const blockedUntil = new Date(Date.now() + 60_000)
  const state = {
    ...calmZoho,
    budget: { ...budget, blockedUntil },
    products: { ...products, books: { ...products.books, dayRemaining: 2 } },
  }
  const { db, deadLetters } = await deadLettersFor(t, { zoho: { state: async () => state } })
  await manyLetters(db, 3, '', 'bills')
  const { estimate } = await deadLetters.requeue({ filter: {}, dryRun: true, ...by })
  t.match(estimate, {
    calls: 3,
    minutes: null,
    notes: [/asked for a pause until/, /3 calls of books are more than the 2/],
  })
})

t.test(
  'a confirmed preview takes its own letters: later ones are counted and left, closed ones are skipped',
  async (t) => {
    const { db, deadLetters } = await deadLettersFor(t)
    await manyLetters(db, 3)
    const filter = { fingerprint: 'ZOHO_SCOPE: no scope' }
    const { preview_id: previewId = '' } = await deadLetters.requeue({ filter, dryRun: true, ...by })
    await manyLetters(db, 2, 'late')
    await letter(db, { source_entity_id: 'other' })
    await deadLetters.resolve(2, { note: 'done by hand', actor: 'x' })
    const answer = await deadLetters.requeue({ previewId, dryRun: false, ...by })
    t.match(answer, { count: 3, batch_id: previewId, arrived_since: 2, state: 'done' })
    t.same(await queued(db), ['1', '3'])
    t.match(await deadLetters.batches.get(previewId), { total: 3, done: 3, requeued: 2, filter, actor: 'key tester' })
    t.same(await audited(db), ['dlq.resolve 1', 'dlq.requeue 3'])

    await sql`delete from tds_sync_queue_live`.execute(db)
    const again = await deadLetters.requeue({ previewId, dryRun: false, ...by })
    t.match(again, { count: 3, batch_id: previewId, state: 'done' })
    t.same(await queued(db), [], 'a second confirmation does nothing')
    t.equal((await audited(db)).length, 2)
  },
)

t.test('a batch id of the caller is carried out once, however often and however concurrently it comes', async (t) => {
  const { db, deadLetters } = await deadLettersFor(t)
  await manyLetters(db, 2)
  const batchId = uuidv7()
  const once = () => deadLetters.requeue({ ids: [1, 2, 99], batchId, dryRun: false, ...by })
  const answers = await Promise.all([once(), once(), once()])
  for (const answer of answers) t.match(answer, { count: 2, batch_id: batchId })
  t.same(await audited(db), ['dlq.requeue 2'])
  const versions = await sql<{ v: number }>`select requested_version as v from tds_sync_queue_live`.execute(db)
  t.same(
    versions.rows.map(({ v }) => v),
    [1, 1],
  )
})

t.test('a large set goes on in the background to its end', async (t) => {
  let woken = 0
  const { db, deadLetters } = await deadLettersFor(t, { onWork: () => woken++ })
  await manyLetters(db, 1_203)
  const answer = await deadLetters.requeue({ filter: {}, dryRun: false, ...by })
  t.match(answer, { count: 1_203, state: 'running' })
  t.equal((await queued(db)).length, 0)
  deadLetters.start()
  const id = answer.batch_id ?? ''
  await until(async () => (await deadLetters.batches.get(id)).finished_at !== null, 'the end of the batch')
  t.match(await deadLetters.batches.get(id), { total: 1_203, done: 1_203, requeued: 1_203, cancelled_at: null })
  t.equal((await queued(db)).length, 1_203)
  t.ok(woken >= 3)
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from tds_dead_letter_queue where requeue_batch_id = ${id}`.execute(db)
  t.equal(rows[0]?.n, 1_203)
})

t.test(
  'a running batch is cancelled: the rest is left alone, and a second time there is nothing to cancel',
  async (t) => {
    const { db, deadLetters } = await deadLettersFor(t)
    await manyLetters(db, 501)
    const { batch_id } = await deadLetters.requeue({ filter: {}, dryRun: false, ...by })
    const id = batch_id ?? ''
    t.match(await deadLetters.batches.cancel(id, by), { cancelled_by: 'key tester', done: 0 })
    const { signal } = new AbortController()
    t.match(await deadLetters.batches.finish(id, { signal }), { done: 0 })
    t.same(await queued(db), [])
    await t.rejects(deadLetters.batches.cancel(id, by), { code: 'DLQ_BATCH_NOT_RUNNING', status: 409 })
    await t.rejects(deadLetters.batches.cancel(uuidv7(), by), { code: 'DLQ_BATCH_NOT_FOUND' })
    t.same(await audited(db), ['dlq.requeue 501', 'dlq.cancel 501'])
  },
)

t.test('a batch is worked through by whoever asks for its end, and shows its progress', async (t) => {
  const { db, deadLetters } = await deadLettersFor(t)
  await manyLetters(db, 1_100)
  const { batch_id } = await deadLetters.requeue({ filter: {}, dryRun: false, ...by })
  const seen: number[] = []
  const { signal } = new AbortController()
  await deadLetters.batches.finish(batch_id ?? '', { signal, onProgress: ({ done }) => seen.push(done) })
  t.same(seen, [500, 1_000, 1_100])
})

t.test('nothing chosen, an unknown preview and an empty set are told apart', async (t) => {
  const { db, deadLetters } = await deadLettersFor(t)
  await t.rejects(deadLetters.requeue({ ids: [], dryRun: false, ...by }), { code: 'DLQ_NOTHING_CHOSEN' })
  await t.rejects(deadLetters.requeue({ previewId: uuidv7(), dryRun: false, ...by }), { code: 'DLQ_BATCH_NOT_FOUND' })
  t.match(await deadLetters.requeue({ filter: {}, dryRun: false, ...by }), { count: 0, batch_id: null, state: 'done' })
  t.same(await audited(db), [])
})

t.test('many letters are closed with one note: by ids, by group, or as a preview froze them', async (t) => {
  const { db, deadLetters } = await deadLettersFor(t)
  await manyLetters(db, 4)
  const note = { note: 'gone at Zoho', actor: 'key tester' }
  const filter = { fingerprint: 'ZOHO_SCOPE: no scope' }
  t.match(await deadLetters.resolveMany({ filter, dryRun: true, ...note }), { count: 4 })
  t.equal((await deadLetters.list({ resolved: false, limit: 1 })).total, 4)
  t.match(await deadLetters.resolveMany({ ids: [1], ...note }), { count: 1, samples: [{ id: 1 }] })
  const { preview_id: previewId = '' } = await deadLetters.requeue({ filter, dryRun: true, ...by })
  await manyLetters(db, 1, 'late')
  t.match(await deadLetters.resolveMany({ previewId, ...note }), { count: 3 })
  t.match(await deadLetters.list({ resolved: false, limit: 5 }), { total: 1, items: [{ source_entity_id: 'late1' }] })
  t.match(await deadLetters.get(4), { resolved: true, resolution_note: 'gone at Zoho', resolved_by: 'key tester' })
  t.same(await audited(db), ['dlq.resolve 1', 'dlq.resolve 3'])
})
