/** Items by the power of two, in milliseconds, that they did not exceed. */
export type Histogram = ReadonlyMap<number, number>

/** Counters of a histogram are named `<name>_le_<bound>`; see `tds_histogram_le`. */
const bucketName = /^(\w+)_ms_le_(\d+)$/

export interface Timing {
  readonly count: number
  readonly p50_ms: number
  readonly p95_ms: number
  readonly p99_ms: number
}

/** The histograms among counters, by name (`wait`, `run`, `lag`). */
export function histogramsOf(counts: Readonly<Record<string, number>>): ReadonlyMap<string, Histogram> {
  const found = new Map<string, Map<number, number>>()
  for (const [counter, value] of Object.entries(counts)) {
    const [, name, bound] = bucketName.exec(counter) ?? []
    if (name === undefined) continue
    const histogram = found.get(name) ?? new Map<number, number>()
    found.set(name, histogram.set(Number(bound), value))
  }
  return found
}

export const isBucket = (counter: string): boolean => bucketName.test(counter)

/** Null where nothing was counted: no figure is better than a zero that means nothing. */
export function timingOf(histogram: Histogram | undefined): Timing | null {
  const buckets = [...(histogram ?? [])].filter(([, count]) => count > 0).toSorted(([a], [b]) => a - b)
  const count = buckets.reduce((sum, [, each]) => sum + each, 0)
  if (count === 0) return null
  const at = (share: number) => Math.round(quantileOf(buckets, count * share))
  return { count, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) }
}

/** Between the bounds of its bucket a value is taken to lie evenly on a logarithmic scale; it is off by less than 2x. */
function quantileOf(buckets: readonly (readonly [bound: number, count: number])[], rank: number): number {
  let below = 0
  for (const [bound, count] of buckets) {
    if (below + count >= rank) return (bound / 2) * 2 ** ((rank - below) / count)
    below += count
  }
  return buckets.at(-1)?.[0] ?? 0
}
