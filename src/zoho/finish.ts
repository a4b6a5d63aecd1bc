import { type Db, sql } from '../../db/index.ts'
import { type BreakerOutcome, breakerChanges, breakerColumns } from './breaker.ts'
import { dayChanges, dayColumns } from './day.ts'
import type { DayHeaders } from './headers.ts'
import type { Timing } from './timing.ts'
import type { Product } from './types.ts'

export interface Finish {
  readonly id: number
  readonly product: Product
  readonly status: number | null
  readonly errorCode: string | null
  readonly breaker: BreakerOutcome
  readonly day: DayHeaders | null
}

/** Calls that end together do not wait for one counter row. */
const counterSlots = 8

/**
 * Records that a call has ended: its slot is held one more window from now. One statement; the product's row is written
 * only when something about it changed. Not waiting for the disk is safe: a lost finish holds the slot longer, never shorter.
 */
export async function finishCall(db: Db, call: Finish, timing: Timing): Promise<void> {
  await sql`
    with call as (
      update tds_zoho_calls set
        finished_at = clock_timestamp(),
        held_until = clock_timestamp() + ${timing.windowMs}::float8 * interval '1 millisecond',
        status = ${call.status},
        error_code = ${call.errorCode}
       from (select set_config('synchronous_commit', 'off', true)) as quick
       where id = ${call.id} and finished_at is null
      returning purpose
    ), counted as (
      insert into tds_metrics as m (bucket, name, label, slot, value)
      select date_trunc('minute', clock_timestamp()), 'zoho_call', purpose, ${call.id % counterSlots}::smallint, 1
        from call
      on conflict (resolution, bucket, name, label, slot) do update set value = m.value + 1
    )
    update tds_zoho_budget set
      ${dayColumns(call.day)},
      ${breakerColumns(call.breaker, timing)},
      updated_at = clock_timestamp()
     where scope = ${call.product} and (${dayChanges(call.day)} or ${breakerChanges(call.breaker)})`.execute(db)
}
