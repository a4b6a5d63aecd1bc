import t from 'tap'
import { createSample } from '../../src/monitor/sample.ts'
import { createWarmth } from '../../src/monitor/warmth.ts'
import type { Clock } from '../../src/runtime/index.ts'

/** Time goes on only by `forward`, which ends the rests that are over by then. */
function steppedClock(): Clock & { forward(ms: number): Promise<void>; readonly resting: number } {
  let now = 1_000_000
  const rests = new Set<{ readonly until: number; end(): void }>()
  return {
    now: () => now,
    random: () => 0.5,
    get resting() {
      return rests.size
    },
    sleep(ms, signal) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const end = () => {
        rests.delete(rest)
        resolve()
      }
      const rest = { until: now + ms, end }
      rests.add(rest)
      signal?.addEventListener('abort', rest.end, { once: true })
      return promise
    },
    async forward(ms) {
      now += ms
      for (const rest of [...rests]) if (rest.until <= now) rest.end()
      await settled()
    },
  }
}

/** What was resolved has been acted upon. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

function kept(read: () => Promise<number>) {
  const clock = steppedClock()
  const warmth = createWarmth(clock)
  const sample = createSample({ read, clock, maxAgeMs: 1000, deadlineMs: 2000 })
  return { clock, warmth, polled: warmth.keep(sample, { everyMs: 3000, maxStaleMs: 5000 }) }
}

t.test(
  'while somebody polls every reading happens behind the answers; two minutes later nothing is read',
  async (t) => {
    let reads = 0
    const { clock, warmth, polled } = kept(async () => ++reads)
    warmth.start()
    t.equal(await polled.get(), 1)
    await settled()
    for (let second = 0; second < 12; second++) await clock.forward(1000)
    const warm = reads
    t.ok(warm >= 4 && warm <= 6, `12 seconds without a question: read ${warm} times`)
    t.equal(await polled.get(), warm, 'answered from what is there')
    for (let second = 0; second < 125; second++) await clock.forward(1000)
    const last = reads
    for (let second = 0; second < 600; second++) await clock.forward(1000)
    t.equal(reads, last, 'nobody asks, nothing is read')
    t.equal(await polled.get(), last + 1, 'who comes back is not answered with what is old')
    await settled()
    await clock.forward(3000)
    t.equal(reads, last + 2, 'and it is warm again')
    await warmth.stop()
  },
)

t.test('a reading that hangs shows within five seconds and its deadline is not waited for twice', async (t) => {
  let reads = 0
  const hung = Promise.withResolvers<number>()
  const { clock, warmth, polled } = kept(() => (++reads === 1 ? Promise.resolve(1) : hung.promise))
  warmth.start()
  t.equal(await polled.get(), 1)
  await settled()
  await clock.forward(3000)
  t.equal(reads, 2, 'the second reading began behind the answers')
  await clock.forward(2000)
  t.equal(await polled.get(), 1, 'five seconds old')
  await clock.forward(1)
  const answer = t.rejects(polled.get(), /no answer within 2000 ms/)
  await clock.forward(0)
  await answer
  await warmth.stop()
  hung.resolve(2)
})

t.test('a failure behind the answers is told to the next who asks', async (t) => {
  let reads = 0
  const read = async () => {
    if (++reads === 2) throw new Error('away')
    return reads
  }
  const { clock, warmth, polled } = kept(read)
  warmth.start()
  t.equal(await polled.get(), 1)
  await settled()
  await clock.forward(3000)
  await t.rejects(polled.get(), { message: 'away' })
  await clock.forward(1001)
  t.equal(await polled.get(), 3)
  await warmth.stop()
})

t.test('before the start everybody reads for himself, and nothing rests', async (t) => {
  let reads = 0
  const { clock, polled } = kept(async () => ++reads)
  t.equal(await polled.get(), 1)
  await clock.forward(1001)
  t.equal(await polled.get(), 2)
  t.equal(clock.resting, 0)
})
