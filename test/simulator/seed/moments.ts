import type { Random } from '../random.ts'

export interface Moment {
  /** Whole seconds, as milliseconds since 1970. */
  readonly createdMs: number
  readonly modifiedMs: number
}

/** When so many documents were made and last touched, oldest first: 36 months up to the anchor, denser near it. */
export function documentMoments(random: Random, anchorMs: number, count: number): Moment[] {
  const ages = Array.from({ length: count }, () => hour + (36 * month - hour) * random.next() ** 1.2)
  const starts = ages.map((age) => wholeSecond(anchorMs - age)).sort((a, b) => a - b)
  return starts.map((createdMs) => ({ createdMs, modifiedMs: modifiedAt(random, createdMs, anchorMs) }))
}

// Most documents are done within days; some are touched much later.
function modifiedAt(random: Random, createdMs: number, anchorMs: number): number {
  const span = random.next() < 0.9 ? Math.min(5 * day, anchorMs - createdMs) : anchorMs - createdMs
  return wholeSecond(createdMs + span * random.next())
}

const hour = 3_600_000
const day = 24 * hour
const month = 30.4 * day
const wholeSecond = (at: number) => Math.floor(at / 1000) * 1000
