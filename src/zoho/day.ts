import { type Db, sql } from '../../db/index.ts'
import type { DayHeaders } from './headers.ts'
import type { Product } from './types.ts'

/**
 * The product's day as the headers of a reply state it. `day_remaining` was already lowered by every call that started,
 * also by those in flight which the header does not know: it falls to the header's number, and rises only where the
 * header is ahead by more than calls in flight can explain (the limit was raised).
 */
export function dayColumns(day: DayHeaders | null) {
  if (!day) return sql`day_limit = day_limit`
  return sql`
    day_limit = ${day.limit}::integer,
    day_remaining = case
      when day_remaining is null or ${day.remaining}::integer < day_remaining or ${isAhead(day)} then ${day.remaining}::integer
      else day_remaining end,
    day_resets_at = case when ${isMoved(day)} then ${resetTime(day)} else day_resets_at end`
}

/** Whether these headers say anything new. In the last minutes of a day they may belong to the day before: no news. */
export function dayChanges(day: DayHeaders | null) {
  if (!day) return sql`false`
  return sql`((${day.resetSeconds}::integer > 120 or not (${isMoved(day)})) and (
    day_limit is distinct from ${day.limit}::integer or day_remaining is null
    or ${day.remaining}::integer < day_remaining or ${isAhead(day)} or ${isMoved(day)}))`
}

/** Code 45: nothing more until the reset the reply names, else the one we know or the organisation's midnight. @returns how long, in milliseconds */
export async function closeDay(db: Db, product: Product, day: DayHeaders | null): Promise<number> {
  const { rows } = await sql<{ waitMs: number }>`
    update tds_zoho_budget set
      day_remaining = 0,
      day_resets_at = ${day ? resetTime(day) : knownReset},
      updated_at = clock_timestamp()
     where scope = ${product}
     returning tds_zoho_ms(day_resets_at - clock_timestamp()) as "waitMs"`.execute(db)
  return Math.max(0, Math.ceil(rows[0]?.waitMs ?? 0))
}

const knownReset = sql`(case when day_resets_at > clock_timestamp() then day_resets_at
  else tds_zoho_next_midnight(clock_timestamp()) end)`
const resetTime = (day: DayHeaders) => sql`(clock_timestamp() + ${day.resetSeconds}::integer * interval '1 second')`
const isAhead = (day: DayHeaders) => sql`${day.remaining}::integer > day_remaining + 50`
const isMoved = (day: DayHeaders) =>
  sql`(day_resets_at is null or abs(extract(epoch from day_resets_at - ${resetTime(day)})) > 5)`
