import { type Db, sql } from '../../db/index.ts'

/** Label → counter name → sum. */
export type Sums = ReadonlyMap<string, Readonly<Record<string, number>>>

export interface WindowSums {
  /** @param now database time, milliseconds since the epoch */
  read(db: Db, now: number): Promise<Sums>
  /** The last whole minute, of what the last reading brought. */
  lastMinute(now: number): Sums
}

interface MinuteCount {
  readonly minute: number
  readonly name: string
  readonly label: string
  readonly value: number
}

const MINUTE_MS = 60_000
/** A counter is named by the minute in which it was written and committed moments later. */
const openMinutes = 3

/**
 * Sums of some counters over the last `windowMs`. A minute that has passed does not change any more, so it is read once
 * and kept here; each look reads only the last few minutes, however much was counted before.
 * @param names a regular expression of PostgreSQL over counter names
 */
export function createWindowSums(windowMs: number, names: string): WindowSums {
  const minutes = new Map<number, readonly MinuteCount[]>()
  const total = new Map<string, Record<string, number>>()
  let readUpTo: number | undefined

  return {
    async read(db, now) {
      const oldest = floorToMinute(now - windowMs)
      const from = Math.max(oldest, (readUpTo ?? 0) - openMinutes * MINUTE_MS)
      const fresh = await readMinutes(db, from, names)
      for (const minute of minutes.keys()) if (minute < oldest || minute >= from) remove(minute)
      for (const [minute, counts] of Map.groupBy(fresh, (count) => count.minute)) add(minute, counts)
      readUpTo = floorToMinute(now)
      return structuredClone(total)
    },
    lastMinute(now) {
      const sums = new Map<string, Record<string, number>>()
      count(sums, minutes.get(floorToMinute(now) - MINUTE_MS) ?? [], 1)
      return sums
    },
  }

  function add(minute: number, counts: readonly MinuteCount[]): void {
    minutes.set(minute, counts)
    count(total, counts, 1)
  }

  function remove(minute: number): void {
    count(total, minutes.get(minute) ?? [], -1)
    minutes.delete(minute)
  }
}

function count(sums: Map<string, Record<string, number>>, counts: readonly MinuteCount[], sign: 1 | -1): void {
  for (const { name, label, value } of counts) {
    const own = sums.get(label) ?? {}
    const left = (own[name] ?? 0) + sign * value
    if (left === 0) delete own[name]
    else own[name] = left
    if (Object.keys(own).length > 0) sums.set(label, own)
    else sums.delete(label)
  }
}

const floorToMinute = (at: number): number => Math.floor(at / MINUTE_MS) * MINUTE_MS

async function readMinutes(db: Db, from: number, names: string): Promise<readonly MinuteCount[]> {
  const { rows } = await sql<MinuteCount>`
    select extract(epoch from bucket)::bigint * 1000 as minute, name, label, sum(value)::bigint as value
    from tds_metrics
    where resolution = 'minute' and bucket >= to_timestamp(${from / 1000}::double precision) and name ~ ${names}
    group by bucket, name, label`.execute(db)
  return rows
}

/** Over all labels. */
export function acrossLabels(sums: Sums): Readonly<Record<string, number>> {
  const all: Record<string, number> = {}
  for (const counts of sums.values())
    for (const [name, value] of Object.entries(counts)) all[name] = (all[name] ?? 0) + value
  return all
}

/** One counter by its labels. */
export const byLabel = (sums: Sums, name: string): Readonly<Record<string, number>> =>
  Object.fromEntries([...sums].flatMap(([label, counts]) => (counts[name] ? [[label, counts[name]]] : [])))
