import { type Db, sql } from '../../db/index.ts'

/** Whether webhooks are silent, measured by the same hour of other weeks. */
export interface Silence {
  /** No webhook since before the last whole hour, though some came once. */
  readonly isSilent: boolean
  /** In at least three of the last four weeks some came in this hour, and on average as many as the threshold says. */
  readonly isBusyHour: boolean
  /** Webhooks of this hour of the week, on average. */
  readonly usual: number
  /** Since the last webhook. */
  readonly seconds: number
}

const HOUR_MS = 60 * 60 * 1000
const WEEK_MS = 7 * 24 * HOUR_MS
const weeks = 4

export interface UsualHour {
  /** Start of the last whole hour, milliseconds since the epoch. */
  readonly hourStart: number
  /** Webhooks in its place of each of the four weeks before, the latest week first. */
  readonly counts: readonly number[]
}

export function silenceOf(
  { hourStart, counts }: UsualHour,
  { at, last, busyFrom }: { readonly at: number; readonly last: Date | null; readonly busyFrom: number },
): Silence {
  const mean = counts.reduce((sum, count) => sum + count, 0) / Math.max(1, counts.length)
  return {
    isSilent: last !== null && last.getTime() < hourStart,
    isBusyHour: counts.filter((count) => count > 0).length >= 3 && mean >= busyFrom,
    usual: Math.round(mean),
    seconds: last === null ? 0 : Math.floor((at - last.getTime()) / 1000),
  }
}

/** What is usual is read once an hour. */
export function createUsualHour(): { read(db: Db, at: number): Promise<UsualHour> } {
  let known: UsualHour | undefined

  return {
    async read(db, at) {
      const hourStart = Math.floor(at / HOUR_MS) * HOUR_MS - HOUR_MS
      if (known?.hourStart !== hourStart) known = { hourStart, counts: await readCounts(db, hourStart) }
      return known
    },
  }
}

async function readCounts(db: Db, hourStart: number): Promise<readonly number[]> {
  const hours = Array.from({ length: weeks }, (_, week) => new Date(hourStart - (week + 1) * WEEK_MS))
  const { rows } = await sql<{ bucket: Date; received: number }>`
    select bucket, sum(value)::bigint as received from tds_metrics
    where resolution = 'hour' and bucket = any (${hours}::timestamptz[]) and name = 'webhook_received'
    group by bucket`.execute(db)
  const counts = new Map(rows.map(({ bucket, received }) => [bucket.getTime(), received]))
  return hours.map((hour) => counts.get(hour.getTime()) ?? 0)
}
