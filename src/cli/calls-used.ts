import { type Db, sql } from '../../db/index.ts'
import type { Entities } from '../entities/index.ts'
import { type Bound, boundOf, type Run } from '../sync/index.ts'

export interface CallsOfRun {
  readonly run: Run
  /** Calls made for the entity since the run began, its documents included. */
  readonly calls_used: number
  /** The fewest a full sync of it could do with. */
  readonly bound: Bound | null
}

/** What a run took beside what it could not do without; `tds_zoho_calls` keeps a day of calls. */
export async function callsOf(db: Db, entities: Entities, run: Run): Promise<CallsOfRun> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from tds_zoho_calls
    where starts_with(purpose, ${`${run.entity_type}.`}) and started_at >= ${run.started_at}`.execute(db)
  const entity = entities.get(run.entity_type)
  const bound = run.mode === 'full' ? boundOf(entity, { records: run.listed, due: run.details }) : null
  return { run, calls_used: rows[0]?.n ?? 0, bound }
}

/** `14 calls, 13 at best (⌈records / 200⌉ + due)` */
export function callWords({ calls_used, bound }: CallsOfRun): string {
  const used = `${calls_used.toLocaleString('en-US')} ${calls_used === 1 ? 'call' : 'calls'}`
  return bound ? `${used}, ${bound.calls.toLocaleString('en-US')} at best (${bound.formula})` : used
}
