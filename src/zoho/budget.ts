import { type Db, sql } from '../../db/index.ts'
import type { Timing } from './timing.ts'
import type { Product, WaitReason } from './types.ts'

export interface BudgetOptions {
  readonly db: Db
  readonly perMinute: number
  readonly perDay: number | undefined
  readonly concurrency: number
  readonly timing: Timing
  readonly processId: string
}

/** Calls that wait for the same things. */
export interface Lane {
  readonly product: Product
  readonly bulk: boolean
}

export interface Slot {
  readonly id: number
  readonly startedAt: string
}

/** Either some slots, at most as many as were asked for and in that order, or why there is none and for how long. */
export type Grant = { readonly slots: readonly Slot[] } | { readonly reason: WaitReason; readonly waitMs: number }

/** The calls Zoho allows, shared by all processes through PostgreSQL. */
export interface Budget {
  /** `holdMs` after now the calls must have ended; an abandoned slot is held until then and a minute. */
  grant(lane: Lane, purposes: readonly string[], holdMs: number): Promise<Grant>
  /** Frees the slot of a call that was not made. */
  cancel(id: number): Promise<void>
  /** Removes calls that tell nothing any more, at most one batch: a day is kept, in busy times the last 50,000. */
  prune(): Promise<void>
}

/**
 * NOTE: why the receiver's window is never exceeded. Of the calls that arrive within one window, take the one granted
 * last. Each of the others was granted before it and is held until a window after its reply, which is later than its
 * arrival; so all of them were held, and counted, when the last one was granted.
 */
export function createBudget(options: BudgetOptions): Budget {
  const { db, timing, processId } = options

  return {
    async grant(lane, purposes, holdMs) {
      const { rows } = await sql<GrantRow>`
        select call_id as id, call_started_at as "startedAt", denied, wait_ms as "waitMs"
          from tds_zoho_acquire(
            ${lane.product}, ${lane.bulk}, ${purposes}::text[], ${processId}::uuid, ${holdMs}, ${timing.windowMs},
            ${options.perMinute}, ${growth(options.perMinute)}, ${options.concurrency}, ${options.perDay ?? null}
          )`.execute(db)
      return grantFrom(rows)
    },
    async cancel(id) {
      await sql`
        with gone as (delete from tds_zoho_calls where id = ${id} and finished_at is null returning product)
        update tds_zoho_budget b set
          day_used = greatest(0, day_used - 1),
          day_remaining = day_remaining + 1,
          breaker_retry_at = case when breaker_state = 'half_open' then clock_timestamp() else breaker_retry_at end
         from gone where b.scope = gone.product`.execute(db)
    },
    async prune() {
      await sql`
        delete from tds_zoho_calls where id in (
          select id from tds_zoho_calls
           where held_until < (select clock_timestamp() - interval '10 minutes')
             and (held_until < (select clock_timestamp() - interval '1 day')
               or id < (select last_value - 50000 from tds_zoho_calls_id_seq))
           order by id limit 10000 for update skip locked)`.execute(db)
    },
  }
}

/** After a limit error the ceiling grows back by this much a minute. */
export const growth = (perMinute: number) => Math.max(1, Math.ceil(perMinute / 20))

interface GrantRow {
  readonly id: number | null
  readonly startedAt: string | null
  readonly denied: WaitReason | null
  readonly waitMs: number | null
}

function grantFrom(rows: readonly GrantRow[]): Grant {
  const slots = rows.flatMap(({ id, startedAt }) => (id === null || startedAt === null ? [] : [{ id, startedAt }]))
  if (slots.length > 0) return { slots: slots.toSorted((a, b) => a.id - b.id) }
  const denied = rows[0]
  // No row at all: the call that was to be waited for has just been cancelled.
  return { reason: denied?.denied ?? 'minute', waitMs: Math.ceil(denied?.waitMs ?? 0) + 1 }
}
