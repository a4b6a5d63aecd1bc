import t from 'tap'
import type { Zoho } from '../../src/zoho/index.ts'
import { itemsCall, world } from './setup.ts'

// Zoho's minute passes in two seconds on both sides; the simulator refuses with 44 and 1070 as Zoho does.
const windowMs = 2000
const speed = 60_000 / windowMs
const perMinute = 90
const windows = 3

t.test('two processes never exceed a sliding minute and bulk work uses at least nine tenths of it', async (t) => {
  const startedAt = Date.now()
  const { client, simulator, database } = await world(t, {
    now: () => startedAt + (Date.now() - startedAt) * speed,
    limits: { perMinute, concurrency: 10, tokensPerTenMinutes: 100 },
  })
  const options = { config: { perMinute, concurrency: 10 }, timing: { windowMs } }
  const processes = [client(options), client(options)]
  const { clock, calls } = simulator.control
  await processes[0]?.get({ product: 'books', path: '/organizations', purpose: 'token' })

  const endsAt = clock.now() + windows * 60_000
  const signal = AbortSignal.timeout(60_000)
  const workers = processes.flatMap((zoho) =>
    Array.from({ length: 8 }, () => callUntil(zoho, endsAt, clock.now, signal)),
  )
  await Promise.all(workers)

  const report = calls.report()
  t.equal(report.refused, 0, 'Zoho never answers 429')
  t.ok(report.maxInSlidingMinute <= perMinute, `at most ${perMinute}, found ${report.maxInSlidingMinute}`)
  const used = calls.latest().filter(({ at, product }) => product !== 'accounts' && at < endsAt).length
  t.ok(used >= windows * perMinute * 0.9, `nine tenths of ${windows * perMinute}, found ${used}`)
  const { rows } = await database.pool.query(
    'select count(*) as unfinished from tds_zoho_calls where finished_at is null',
  )
  t.equal(rows[0].unfinished, 0)
})

t.test('two processes never have more calls in flight than allowed', async (t) => {
  const { client, simulator } = await world(t, { limits: { perMinute: 1e6, concurrency: 3 } })
  const { faults, calls } = simulator.control
  const hold = faults.set({ kind: 'hold', path: '/inventory' })
  const processes = [client({ config: { concurrency: 3 } }), client({ config: { concurrency: 3 } })]
  const signal = AbortSignal.timeout(30_000)
  const replies = processes.flatMap((zoho) => Array.from({ length: 4 }, () => zoho.get({ ...itemsCall, signal })))
  await faults.waiting(hold, 3, signal)
  t.match(await processes[0]?.acquire({ product: 'books', purpose: 'more' }), { reason: 'concurrency' })
  faults.clear()
  await Promise.all(replies)
  t.match(calls.report(), { total: 8, refused: 0, maxConcurrency: 3 })
})

async function callUntil(zoho: Zoho, endsAt: number, now: () => number, signal: AbortSignal): Promise<void> {
  while (now() < endsAt) {
    await zoho.get({ product: 'books', path: '/organizations', purpose: 'bulk', bulk: true, signal })
  }
}
