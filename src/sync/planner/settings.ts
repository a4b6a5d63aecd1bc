import { z } from 'zod'
import { type Db, sql } from '../../../db/index.ts'
import { record } from '../../audit/index.ts'
import { inputError } from '../../errors.ts'
import type { Change } from '../../pauses/index.ts'

/** How a day's calls are divided before anybody asks for them, in percent of the day. */
export interface BudgetShares {
  /** Kept for live work: webhooks and what follows from them. */
  readonly reserve_percent: number
  /** Kept for the backfill while documents wait, before the timetable gets what it wants. */
  readonly backfill_percent: number
}

export interface BudgetSetting extends BudgetShares {
  readonly defaults: BudgetShares
  readonly updated_at: Date | null
  readonly updated_by: string | null
}

export const defaultShares: BudgetShares = { reserve_percent: 20, backfill_percent: 10 }

/** Of a day, in percent: what is left is the timetable's. */
const mostTogether = 90

const percent = z.number().min(0).max(mostTogether)
const stored = z.object({ reserve_percent: percent, backfill_percent: percent }).partial()
const key = 'planner'

export async function readShares(db: Db): Promise<BudgetShares> {
  const { reserve_percent, backfill_percent } = await readBudget(db)
  return { reserve_percent, backfill_percent }
}

/** The row `planner` of `tds_configuration`; a part that is not there, or cannot be read, is the default. */
export async function readBudget(db: Db): Promise<BudgetSetting> {
  const { rows } = await sql<{ value: unknown; updated_at: Date; updated_by: string }>`
    select value, updated_at, updated_by from tds_configuration where key = ${key}`.execute(db)
  const [row] = rows
  const { reserve_percent = defaultShares.reserve_percent, backfill_percent = defaultShares.backfill_percent } =
    stored.safeParse(row?.value).data ?? {}
  const { updated_at = null, updated_by = null } = row ?? {}
  return { reserve_percent, backfill_percent, defaults: defaultShares, updated_at, updated_by }
}

/** @throws TdsError `BUDGET_INVALID` when too little is left to the timetable */
export async function changeBudget(
  db: Db,
  shares: { readonly [Name in keyof BudgetShares]?: number | null | undefined },
  { actor, reason, requestId }: Change,
): Promise<BudgetSetting> {
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext(${key}))`.execute(tx)
    const before = await readShares(tx)
    const after = {
      reserve_percent: chosen(shares.reserve_percent, before, 'reserve_percent'),
      backfill_percent: chosen(shares.backfill_percent, before, 'backfill_percent'),
    }
    if (after.reserve_percent + after.backfill_percent > mostTogether) {
      const words = `${after.reserve_percent} % for live work and ${after.backfill_percent} % for the backfill leave less than ${100 - mostTogether} % of the day to the timetable`
      throw inputError('BUDGET_INVALID', words, 400, {
        errors: [{ pointer: '/body/reserve_percent', detail: `with the other share at most ${mostTogether}` }],
      })
    }
    await sql`
      insert into tds_configuration (key, value, updated_by) values (${key}, ${JSON.stringify(after)}::jsonb, ${actor})
      on conflict (key) do update set
        value = excluded.value, updated_by = excluded.updated_by, updated_at = clock_timestamp()`.execute(tx)
    await record(tx, { actor, action: 'budget.change', subject: key, reason, requestId, affected: 1, before, after })
    return readBudget(tx)
  })
}

/** Undefined keeps what is, null is the default again. */
const chosen = (value: number | null | undefined, before: BudgetShares, name: keyof BudgetShares): number =>
  value === null ? defaultShares[name] : (value ?? before[name])
