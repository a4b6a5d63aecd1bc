import { type Db, sql } from '../../db/index.ts'

/** Entity → counter name → sum. */
export type DayCounts = ReadonlyMap<string, Readonly<Record<string, number>>>

/** The counters every settle writes. */
export const settleCounters = ['written', 'unchanged', 'stale', 'skipped', 'failed'] as const

interface MinuteCount {
  readonly minute: number
  readonly name: string
  readonly label: string
  readonly value: number
}

const DAY_MS = 24 * 60 * 60 * 1000
const MINUTE_MS = 60_000
/** A counter is named by the minute in which it was written and committed moments later. */
const openMinutes = 3

export interface DaySums {
  /** @param now database time, milliseconds since the epoch */
  read(db: Db, now: number): Promise<DayCounts>
}

/**
 * Sums of the settle counters over the last 24 hours. A minute that has passed does not change any more, so it is read
 * once and kept here; each look reads only the last few minutes, however much was settled today.
 */
export function createDaySums(): DaySums {
  const minutes = new Map<number, readonly MinuteCount[]>()
  const total = new Map<string, Record<string, number>>()
  let readUpTo: number | undefined

  return {
    async read(db, now) {
      const oldest = floorToMinute(now - DAY_MS)
      const from = Math.max(oldest, (readUpTo ?? 0) - openMinutes * MINUTE_MS)
      const fresh = await readMinutes(db, from)
      for (const minute of minutes.keys()) if (minute < oldest || minute >= from) remove(minute)
      for (const [minute, counts] of Map.groupBy(fresh, (count) => count.minute)) add(minute, counts)
      readUpTo = floorToMinute(now)
      return structuredClone(total)
    },
  }

  function add(minute: number, counts: readonly MinuteCount[]): void {
    minutes.set(minute, counts)
    count(counts, 1)
  }

  function remove(minute: number): void {
    count(minutes.get(minute) ?? [], -1)
    minutes.delete(minute)
  }

  function count(counts: readonly MinuteCount[], sign: 1 | -1): void {
    for (const { name, label, value } of counts) {
      const entity = total.get(label) ?? {}
      entity[name] = (entity[name] ?? 0) + sign * value
      total.set(label, entity)
    }
  }
}

const floorToMinute = (at: number): number => Math.floor(at / MINUTE_MS) * MINUTE_MS

async function readMinutes(db: Db, from: number): Promise<readonly MinuteCount[]> {
  const { rows } = await sql<MinuteCount>`
    select extract(epoch from bucket)::bigint * 1000 as minute, name, label, sum(value)::bigint as value
    from tds_metrics
    where resolution = 'minute' and bucket >= to_timestamp(${from / 1000}::double precision)
      and name = any (${[...settleCounters, 'attempt_failed']}::text[])
    group by bucket, name, label`.execute(db)
  return rows
}
