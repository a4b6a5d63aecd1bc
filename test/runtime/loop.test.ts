import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { type Clock, createLoop, type LoopOptions, systemClock } from '../../src/runtime/index.ts'

t.test('a loop rests as long as its pass says and then passes again', async (t) => {
  const { clock, passes, loop } = loopOf({ pass: async () => 5_000 })
  loop.start()
  await passes.reach(1)
  await clock.rests.reach(1)
  t.equal(clock.restMs, 5_000)
  clock.wake()
  await passes.reach(2)
  await loop.stop()
})

t.test('a pass that asks for no rest is followed by the next at once', async (t) => {
  const { clock, passes, loop } = loopOf({ pass: async () => (passes.count < 3 ? 0 : 60_000) })
  loop.start()
  await clock.rests.reach(1)
  t.equal(passes.count, 3)
  await loop.stop()
})

t.test('a nudge ends the rest', async (t) => {
  const { clock, passes, loop } = loopOf({ pass: async () => 60_000 })
  loop.start()
  await clock.rests.reach(1)
  loop.nudge()
  await passes.reach(2)
  await loop.stop()
  t.equal(passes.count, 2)
})

t.test('a nudge during a pass makes another follow without a rest', async (t) => {
  const gate = Promise.withResolvers<number>()
  const { clock, passes, loop } = loopOf({ pass: async () => (passes.count === 1 ? gate.promise : 60_000) })
  loop.start()
  await passes.reach(1)
  loop.nudge()
  gate.resolve(60_000)
  await clock.rests.reach(1)
  t.equal(passes.count, 2)
  await loop.stop()
})

t.test('starting twice starts one loop', async (t) => {
  const { clock, passes, loop } = loopOf({ pass: async () => 60_000 })
  loop.start()
  loop.start()
  await clock.rests.reach(1)
  await nextTurn()
  t.equal(passes.count, 1)
  await loop.stop()
})

t.test('stop waits for the pass in hand and can be called twice', async (t) => {
  const gate = Promise.withResolvers<number>()
  let aborted = false
  const { passes, loop } = loopOf({
    pass: (signal) => {
      signal.addEventListener('abort', () => (aborted = true))
      return gate.promise
    },
  })
  loop.start()
  await passes.reach(1)
  let stopped = 0
  const both = [loop.stop(), loop.stop()].map((each) => each.then(() => (stopped += 1)))
  await nextTurn()
  t.equal(stopped, 0, 'both wait')
  gate.resolve(0)
  await Promise.all(both)
  t.equal(stopped, 2)
  t.equal(passes.count, 1, 'and nothing follows')
  t.equal(aborted, false, 'the pass could end its work')
})

t.test('stop with abort tells the pass in hand', async (t) => {
  const { passes, loop, errors } = loopOf({
    pass: async (signal) => {
      await once(signal, 'abort')
      throw new Error('interrupted')
    },
  })
  loop.start()
  await passes.reach(1)
  await loop.stop({ abort: true })
  t.strictSame(errors, [], 'what an interrupted pass throws is no error')
})

t.test('a loop that never started can be stopped', async (t) => {
  const { passes, loop } = loopOf({ pass: async () => 0 })
  await loop.stop()
  t.equal(passes.count, 0)
})

t.test('an error is reported, rested upon, and the loop goes on', async (t) => {
  const { clock, passes, loop, errors } = loopOf({
    errorRestMs: 777,
    pass: async () => {
      if (passes.count === 1) throw new Error('once')
      return 60_000
    },
  })
  loop.start()
  await clock.rests.reach(1)
  t.equal(clock.restMs, 777)
  t.match(errors, [{ error: { message: 'once' }, loop: 'under test' }])
  clock.wake()
  await passes.reach(2)
  await loop.stop()
})

t.test('a sleep of the system clock ends at once when it is aborted, before or during', async (t) => {
  const controller = new AbortController()
  const sleeping = systemClock.sleep(3_600_000, controller.signal)
  controller.abort()
  await sleeping
  await systemClock.sleep(3_600_000, controller.signal)
  await systemClock.sleep(0)
  t.pass('none of them lasted an hour')
})

function loopOf(options: Pick<LoopOptions, 'pass'> & Partial<LoopOptions>) {
  const clock = restingClock()
  const passes = counter()
  const errors: { error: unknown; loop: string }[] = []
  const loop = createLoop({
    name: 'under test',
    clock,
    onError: (error, name) => errors.push({ error, loop: name }),
    ...options,
    pass: (signal) => {
      passes.add()
      return options.pass(signal)
    },
  })
  return { clock, passes, loop, errors }
}

/** A clock whose rests end when the test says so. */
function restingClock() {
  const rests = counter()
  let wake = () => {}
  let restMs = 0
  const clock: Clock = {
    now: () => 0,
    random: () => 0,
    sleep(ms, signal) {
      restMs = ms
      const { promise, resolve } = Promise.withResolvers<void>()
      signal?.addEventListener('abort', () => resolve())
      wake = resolve
      rests.add()
      return promise
    },
  }
  return {
    ...clock,
    rests,
    wake: () => wake(),
    get restMs() {
      return restMs
    },
  }
}

/** Counts, and answers when it has counted so far. */
function counter() {
  let count = 0
  const waiting: { upTo: number; resolve: () => void }[] = []
  return {
    get count() {
      return count
    },
    add() {
      count += 1
      for (const each of waiting) if (count >= each.upTo) each.resolve()
    },
    reach(upTo: number): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ upTo, resolve })
      if (count >= upTo) resolve()
      return promise
    },
  }
}
