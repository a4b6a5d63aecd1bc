import { sql } from '../../db/index.ts'
import type { Timing } from './timing.ts'

/** What a call says about the product's health; `unknown` where it was us who gave up. */
export type BreakerOutcome = 'answered' | 'failed' | 'unknown'

/** So many failures in a row open the breaker. */
const failuresToOpen = 5

/**
 * closed → (5 failures in a row) → open → (the rest is over, one probe starts) → half_open → closed or open again.
 * The probe is let through by the acquire; late replies while open change nothing.
 */
export function breakerColumns(outcome: BreakerOutcome, timing: Timing) {
  if (outcome === 'unknown') return sql`breaker_state = breaker_state`
  if (outcome === 'answered') {
    return sql`
      breaker_state = ${unlessOpen(sql`'closed'`, sql`breaker_state`)},
      breaker_failures = ${unlessOpen(sql`0`, sql`breaker_failures`)},
      breaker_retry_at = ${unlessOpen(sql`null`, sql`breaker_retry_at`)}`
  }
  const opens = sql`breaker_state <> 'open' and (breaker_state = 'half_open' or breaker_failures + 1 >= ${failuresToOpen})`
  const doublings = sql`least(20, greatest(0, breaker_failures + 1 - ${failuresToOpen}))`
  const restMs = sql`least(${timing.breakerMostMs}::float8, ${timing.breakerRestMs}::float8 * 2 ^ ${doublings})`
  return sql`
    breaker_state = case when ${opens} then 'open' else breaker_state end,
    breaker_failures = ${unlessOpen(sql`breaker_failures + 1`, sql`breaker_failures`)},
    breaker_retry_at = case when ${opens} then clock_timestamp() + ${restMs} * interval '1 millisecond'
      else breaker_retry_at end`
}

/** Whether the outcome moves anything: a success in good times does not. */
export function breakerChanges(outcome: BreakerOutcome) {
  if (outcome === 'unknown') return sql`false`
  if (outcome === 'failed') return sql`breaker_state <> 'open'`
  return sql`(breaker_state = 'half_open' or (breaker_state = 'closed' and breaker_failures > 0))`
}

const unlessOpen = (then: ReturnType<typeof sql>, otherwise: ReturnType<typeof sql>) =>
  sql`case when breaker_state = 'open' then ${otherwise} else ${then} end`
