import { sql, type Tx } from '../../db/index.ts'
import type { RunCount } from './run-counters.ts'

/**
 * Items in work that a run has asked for again: given back, they answer to the newer request, and are stale for the run
 * they were claimed for. To be asked before they are given back; the caller holds the rows.
 */
export async function overtakenOf(tx: Tx, ids: readonly number[]): Promise<RunCount[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<{ runId: number }>`
    select claimed_run_id as "runId" from tds_sync_queue_live
    where id = any (array(select value::bigint from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)))
      and run_id is not null and claimed_run_id is not null`.execute(tx)
  return rows.map(({ runId }) => ({ runId, outcome: 'stale' }))
}
