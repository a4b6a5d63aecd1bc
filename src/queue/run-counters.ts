import { sql, type Tx } from '../../db/index.ts'
import type { Outcome } from './types.ts'

export interface RunCount {
  readonly runId: number
  readonly outcome: Outcome
}

/**
 * Adds terminal items to the runs that asked for them. A run that has read everything and whose last item this was
 * becomes settled in the same statement; the table's check refuses a settled run whose sum does not match.
 */
export async function countOverRuns(tx: Tx, counts: readonly RunCount[]): Promise<void> {
  if (counts.length === 0) return
  await sql`
    with d as (
      select "runId" as id,
        count(*) filter (where outcome = 'written') as written,
        count(*) filter (where outcome = 'unchanged') as unchanged,
        count(*) filter (where outcome = 'stale') as stale,
        count(*) filter (where outcome = 'skipped') as skipped,
        count(*) filter (where outcome = 'failed') as failed,
        count(*) as total
      from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb) as c("runId" bigint, outcome text)
      group by 1
    ), held as (
      select r.id from tds_sync_runs r join d using (id) order by r.id for update of r
    )
    update tds_sync_runs r set
      written = r.written + d.written, unchanged = r.unchanged + d.unchanged, stale = r.stale + d.stale,
      skipped = r.skipped + d.skipped, failed = r.failed + d.failed,
      status = case when r.status = 'read' and r.fetched = r.written + r.unchanged + r.stale + r.skipped + r.failed + d.total
        then 'settled' else r.status end,
      settled_at = case when r.status = 'read' and r.fetched = r.written + r.unchanged + r.stale + r.skipped + r.failed + d.total
        then clock_timestamp() else r.settled_at end
    from d join held using (id)
    where r.id = d.id`.execute(tx)
}
