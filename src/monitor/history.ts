import type { Db } from '../../db/index.ts'
import { inputError } from '../errors.ts'
import type { Clock } from '../runtime/index.ts'
import { histogramsOf, isBucket, timingOf } from './histogram.ts'
import { type HistoryPoint, readPoints } from './read/points.ts'
import type { History } from './statistics-shapes.ts'

export const historyRanges = { '1h': 3_600, '24h': 86_400, '7d': 604_800, '90d': 7_776_000 } as const

export interface HistoryOptions {
  readonly from: Date
  readonly to: Date
  /** Only counters of these labels: an entity, its webhook modules, the purposes of its calls. */
  readonly labels?: readonly string[] | undefined
}

export interface HistoryReader {
  /** @throws TdsError `HISTORY_RANGE` unless 0 < to − from ≤ 400 days */
  read(options: HistoryOptions): Promise<History>
}

/** The steps there are, and up to which length of a range each is taken: a few hundred points, whatever the range. */
const steps = [
  { seconds: 60, upToSeconds: 3 * 3600 },
  { seconds: 600, upToSeconds: 48 * 3600 },
  { seconds: 3600, upToSeconds: 14 * 86_400 },
  { seconds: 21_600, upToSeconds: 100 * 86_400 },
  { seconds: 86_400, upToSeconds: 400 * 86_400 },
] as const

const minutesKeptSeconds = 48 * 3600
/** Counters are named by the minute in which they were written and committed moments later. */
const lateMs = 3 * 60_000
/** Younger answers are given again without a look: two seconds for minutes, a minute for hours and longer steps. */
const freshMs = (stepMs: number): number => Math.min(60_000, Math.max(2000, stepMs / 60))
const mostKept = 64

interface Kept {
  readonly from: number
  /** Database time of the last reading; what is a little older than that changes no more. */
  readUpTo: number
  readAt: number
  readonly points: Map<number, History['points'][number]['values']>
}

/**
 * What was counted, step by step. Steps that have passed do not change any more: they are read once and kept, so asking
 * again costs the same whatever the range and however much was counted.
 */
export function createHistory({ db, clock }: { readonly db: Db; readonly clock: Clock }): HistoryReader {
  const kept = new Map<string, Promise<Kept>>()

  return {
    async read({ from, to, labels }) {
      const stepMs = stepFor(from, to, clock.now()) * 1000
      const start = Math.floor(from.getTime() / stepMs) * stepMs
      const { points } = await renew(stepMs, start, to.getTime(), labels)
      const shown = [...points].filter(([at]) => at >= start && at < to.getTime()).toSorted(([a], [b]) => a - b)
      return {
        from: new Date(start).toISOString(),
        to: to.toISOString(),
        step_seconds: stepMs / 1000,
        points: shown.map(([at, values]) => ({ at: new Date(at).toISOString(), values })),
      }
    },
  }

  /** One reading at a time for what is asked the same way: the next begins where it ended. */
  function renew(stepMs: number, start: number, end: number, labels: readonly string[] | undefined): Promise<Kept> {
    const key = JSON.stringify([stepMs, labels])
    const before = kept.get(key)
    const next = readOn(before, stepMs, start, end, labels)
    kept.delete(key)
    kept.set(key, next)
    next.catch(() => kept.delete(key))
    const [oldest] = kept.keys()
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
    return next
  }

  async function readOn(
    before: Promise<Kept> | undefined,
    stepMs: number,
    start: number,
    end: number,
    labels: readonly string[] | undefined,
  ): Promise<Kept> {
    const known = await before?.catch(() => undefined)
    const covers = known !== undefined && known.from <= start
    const age = known ? clock.now() - known.readAt : Number.POSITIVE_INFINITY
    if (covers && (end <= known.readUpTo - lateMs || (age >= 0 && age < freshMs(stepMs)))) return known
    const from = covers ? Math.floor((known.readUpTo - lateMs) / stepMs) * stepMs : start
    const { now, points } = await readPoints(db, {
      from: new Date(from),
      to: new Date(end),
      stepSeconds: stepMs / 1000,
      labels,
    })
    const fresh = new Map([...Map.groupBy(points, ({ at }) => at.getTime())].map(([at, own]) => [at, valuesOf(own)]))
    const older = covers ? [...known.points].filter(([at]) => at >= start && at < from) : []
    return {
      from: start,
      readUpTo: Math.min(now, end + lateMs),
      readAt: clock.now(),
      points: new Map([...older, ...fresh]),
    }
  }
}

function stepFor(from: Date, to: Date, now: number): number {
  const seconds = (to.getTime() - from.getTime()) / 1000
  const age = (now - from.getTime()) / 1000
  const step = steps.find(({ seconds: step, upToSeconds }) => {
    return seconds <= upToSeconds + 60 && (step >= 3600 || age <= minutesKeptSeconds)
  })
  if (seconds > 0 && step) return step.seconds
  throw inputError('HISTORY_RANGE', 'from must be before to, and at most 400 days lie between them')
}

/** Counters and gauges as they are; of histograms their percentiles. */
function valuesOf(points: readonly HistoryPoint[]): Record<string, number> {
  const all = Object.fromEntries(points.map(({ name, value }) => [name, value]))
  const plain = Object.entries(all).filter(([name]) => !isBucket(name))
  const timings = [...histogramsOf(all)].flatMap(([name, histogram]) => {
    const timing = timingOf(histogram)
    return timing ? Object.entries(timing).map(([part, value]) => [`${name}_${part}`, value] as const) : []
  })
  return Object.fromEntries([...plain, ...timings].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
