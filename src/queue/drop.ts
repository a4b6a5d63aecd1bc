import { sql, type Tx } from '../../db/index.ts'
import { countMetrics, log } from './record.ts'
import { countOverRuns } from './run-counters.ts'
import { mustMove } from './states.ts'
import type { ClaimedItem } from './types.ts'

export interface Dropped {
  /** Rows only this run asked for: they are gone, and skipped for the run. */
  readonly dropped: number
  /** Rows others asked for as well: the work stays, the run no longer waits for it. */
  readonly left: number
}

/** Why a dropped row was skipped: nobody has looked for its record. */
export const droppedReason = 'run cancelled'

type Waiting = ClaimedItem & { readonly requestedVersion: number; readonly status: string }

/**
 * Takes back what a run enqueued and nobody has begun, at most so many rows at a time. What is in work ends as it would,
 * and still counts for the run. Queue rows come before run rows, as everywhere.
 */
export async function dropWaiting(tx: Tx, runId: number, atMost: number): Promise<Dropped> {
  const { rows } = await sql<Waiting>`
    select id, entity_type as "entityType", source_entity_id as "sourceEntityId", lane, priority, is_bulk as "isBulk",
      attempts, lease_token as "leaseToken", requested_version as "claimedVersion", run_id as "runId",
      document_id as "documentId", clock_timestamp()::text as "claimedAt", 0 as "waitedMs", requested_version as "requestedVersion", status
    from tds_sync_queue_live
    where run_id = ${runId}
    order by entity_type, source_entity_id
    limit ${atMost}
    for update`.execute(tx)
  // A first request that nobody repeated is the run's own, and nobody else waits for it.
  const own = rows.filter(({ requestedVersion, status }) => requestedVersion === 1 && status !== 'processing')
  const shared = rows.filter((row) => !own.includes(row))
  await remove(tx, own)
  await detach(tx, shared)
  // No attempt has ended, so none is counted as one.
  await log(
    tx,
    own.map((item) => ({ item, outcome: 'skipped' })),
  )
  await countMetrics(
    tx,
    own.map(({ entityType }) => ({ name: 'skipped', label: entityType })),
    0,
  )
  await countOverRuns(
    tx,
    rows.map(() => ({ runId, outcome: 'skipped' })),
  )
  return { dropped: own.length, left: shared.length }
}

const idsOf = (items: readonly Waiting[]): string => JSON.stringify(items.map(({ id }) => id))

async function remove(tx: Tx, items: readonly Waiting[]): Promise<void> {
  if (items.length === 0) return
  const { rows } = await sql<{ moved: number }>`
    with gone as (
      delete from tds_sync_queue_live
      where id = any (array(select value::bigint from jsonb_array_elements_text(${idsOf(items)}::jsonb)))
      returning *
    ), documents as (
      delete from tds_sync_documents s using gone g where s.document_id = g.document_id
    ), done as (
      insert into tds_sync_queue_done
        (id, entity_type, source_entity_id, status, lane, priority, is_bulk, attempts, requested_version, claimed_version,
         claimed_run_id, run_at, lease_token, wait_reason, outcome, created_at, claimed_at, finished_at)
      select id, entity_type, source_entity_id, 'completed', lane, priority, is_bulk, attempts, requested_version,
        claimed_version, run_id, run_at, lease_token, ${droppedReason}, 'skipped', created_at, claimed_at, clock_timestamp()
      from gone
    )
    select count(*) as moved from gone`.execute(tx)
  mustMove('drop', items.length, rows[0]?.moved ?? 0)
}

async function detach(tx: Tx, items: readonly Waiting[]): Promise<void> {
  if (items.length === 0) return
  await sql`
    update tds_sync_queue_live set run_id = null
    where id = any (array(select value::bigint from jsonb_array_elements_text(${idsOf(items)}::jsonb)))`.execute(tx)
}
