import fc from 'fast-check'
import t from 'tap'
import { histogramsOf, timingOf } from '../../src/monitor/histogram.ts'

t.test('nothing counted is no figure', async (t) => {
  t.equal(timingOf(undefined), null)
  t.equal(timingOf(new Map([[8, 0]])), null)
})

t.test('histograms are told from other counters', async (t) => {
  const found = histogramsOf({ written: 3, wait_ms_le_8: 2, wait_ms_le_16: 1, lag_ms_le_1024: 5 })
  t.strictSame([...found.keys()], ['wait', 'lag'])
  t.strictSame(
    [...(found.get('wait') ?? [])],
    [
      [8, 2],
      [16, 1],
    ],
  )
})

t.test('a percentile lies within a factor of two of the true one, and percentiles rise', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 400 }), (values) => {
        const histogram = new Map<number, number>()
        for (const value of values) {
          const bound = 2 ** Math.ceil(Math.log2(value))
          histogram.set(bound, (histogram.get(bound) ?? 0) + 1)
        }
        const timing = timingOf(histogram)
        const sorted = values.toSorted((a, b) => a - b)
        const near = (found: number, share: number) => {
          const exact = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
          return found >= exact / 2 - 1 && found <= exact * 2 + 1
        }
        return (
          timing !== null &&
          timing.count === values.length &&
          near(timing.p50_ms, 0.5) &&
          near(timing.p95_ms, 0.95) &&
          near(timing.p99_ms, 0.99) &&
          timing.p50_ms <= timing.p95_ms &&
          timing.p95_ms <= timing.p99_ms
        )
      }),
    ),
  )
})
