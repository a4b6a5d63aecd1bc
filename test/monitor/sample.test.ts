import t from 'tap'
import { createSample } from '../../src/monitor/sample.ts'
import { testClock } from './fixture.ts'

const counting = () => {
  const state = { reads: 0 }
  return { state, read: async () => ++state.reads }
}

t.test('a hundred who ask at once are answered by one read', async (t) => {
  const { state, read } = counting()
  const sample = createSample({ read, clock: testClock(), maxAgeMs: 1000, deadlineMs: 1000 })
  const answers = await Promise.all(Array.from({ length: 100 }, () => sample.get()))
  t.equal(state.reads, 1)
  t.ok(answers.every((answer) => answer === 1))
})

t.test('a value is kept for its time and read again after it', async (t) => {
  const { read } = counting()
  const clock = testClock()
  const sample = createSample({ read, clock, maxAgeMs: 1000, deadlineMs: 1000 })
  t.equal(await sample.get(), 1)
  clock.forward(900)
  t.equal(await sample.get(), 1)
  clock.forward(200)
  t.equal(await sample.get(), 2)
})

t.test('a value that may be stale is given at once and renewed behind it', async (t) => {
  const { read } = counting()
  const clock = testClock()
  const sample = createSample({ read, clock, maxAgeMs: 1000, maxStaleMs: 5000, deadlineMs: 1000 })
  t.equal(await sample.get(), 1)
  clock.forward(2000)
  t.equal(await sample.get(), 1, 'stale')
  t.equal(await sample.get(), 2, 'renewed')
  clock.forward(6000)
  t.equal(await sample.get(), 3, 'too stale to be given')
})

t.test('a failure is kept like a value, is never given as a stale one, and ends', async (t) => {
  let reads = 0
  const read = async () => {
    reads += 1
    if (reads === 1) throw new Error('away')
    return reads
  }
  const clock = testClock()
  const sample = createSample({ read, clock, maxAgeMs: 1000, maxStaleMs: 5000, deadlineMs: 1000 })
  await t.rejects(sample.get(), { message: 'away' })
  await t.rejects(sample.get(), { message: 'away' })
  t.equal(reads, 1)
  clock.forward(1001)
  t.equal(await sample.get(), 2)
})

t.test(
  'who asks during a hung read is answered at the deadline, and no second read is started until it is given up',
  async (t) => {
    let reads = 0
    const hung = Promise.withResolvers<number>()
    const read = () => (++reads === 1 ? hung.promise : Promise.resolve(reads))
    const clock = testClock()
    const sample = createSample({ read, clock, maxAgeMs: 1000, deadlineMs: 20, abandonMs: 10_000 })
    await t.rejects(sample.get(), { code: 'DATABASE_SLOW', status: 503, message: 'no answer within 20 ms' })
    clock.forward(1000)
    await t.rejects(sample.get(), /no answer within 20 ms/)
    t.equal(reads, 1)
    clock.forward(9000)
    t.equal(await sample.get(), 2)
    hung.resolve(99)
  },
)
