import { type Db, sql } from '../../db/index.ts'
import { growth } from './budget.ts'
import type { Timing } from './timing.ts'
import type { Product, ProductState, ZohoState } from './types.ts'

export interface StateOptions {
  readonly db: Db
  readonly perMinute: number
  readonly perDay: number | undefined
  readonly concurrency: number
  readonly timing: Timing
}

type Shared = Pick<ZohoState, 'token' | 'products'> & { readonly budget: Omit<ZohoState['budget'], 'waiting'> }

/** Token, budget and breakers as all processes share them. It reads as many rows as calls are held, at most a minute's. */
export async function readState(options: StateOptions): Promise<Shared> {
  const { db, perMinute } = options
  const [token, budget, books, inventory] = await Promise.all([
    readToken(db),
    readBudget(options),
    readProduct(options, 'books'),
    readProduct(options, 'inventory'),
  ])
  return { token, budget: { perMinute, ...budget }, products: { books, inventory } }
}

async function readToken(db: Db): Promise<ZohoState['token']> {
  const { rows } = await sql<ZohoState['token']>`
    select generation, access_token is not null as present, expires_at as "expiresAt", refreshed_at as "refreshedAt",
      paused_at as "pausedAt", error_code as "errorCode"
      from tds_zoho_token`.execute(db)
  return only(rows)
}

async function readBudget({ db, timing, perMinute, concurrency }: StateOptions) {
  const windowMs = timing.windowMs
  const { rows } = await sql<Omit<ZohoState['budget'], 'waiting' | 'perMinute'>>`
    select
      tds_zoho_ceiling(minute_ceiling, ceiling_changed_at, at_time, ${windowMs}, ${growth(perMinute)}, ${perMinute}) as "minuteCeiling",
      tds_zoho_ceiling(concurrency_ceiling, ceiling_changed_at, at_time, ${windowMs}, 1, ${concurrency}) as "concurrencyCeiling",
      (select count(*) from tds_zoho_calls where held_until > at_time) as "minuteHeld",
      (select count(*) from tds_zoho_calls
        where held_until > at_time + ${windowMs}::float8 * interval '1 millisecond') as "inFlight",
      case when blocked_until > at_time then blocked_until end as "blockedUntil",
      case when blocked_until > at_time then block_code end as "blockCode"
      from tds_zoho_budget, (select clock_timestamp() as at_time offset 0) as clock
     where scope = 'organization'`.execute(db)
  return only(rows)
}

async function readProduct({ db, perDay }: StateOptions, product: Product): Promise<ProductState> {
  const { rows } = await sql<ProductState>`
    select
      coalesce(least(${perDay ?? null}::integer, day_limit), 2500) as "dayLimit",
      case when is_over then 0 else day_used end as "dayUsed",
      case when is_over then null else day_remaining end as "dayRemaining",
      case when is_over then null else day_resets_at end as "dayResetsAt",
      breaker_state as breaker, breaker_failures as "breakerFailures", breaker_retry_at as "breakerRetryAt"
      from (select *, day_resets_at <= clock_timestamp() as is_over from tds_zoho_budget where scope = ${product}) as own`.execute(
    db,
  )
  return only(rows)
}

function only<T>(rows: readonly T[]): T {
  const [row] = rows
  if (!row) throw new Error('A row of the Zoho state is missing; run the migrations')
  return row
}
