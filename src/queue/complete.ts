import { sql, type Tx } from '../../db/index.ts'
import { countMetrics, keys, record } from './record.ts'
import { mustMove } from './states.ts'
import type { Settlement } from './types.ts'

/**
 * Completes fenced items. A row that was requested again since the claim goes back to pending; the others leave the
 * live partition. The caller must hold the rows by `fence` in this transaction.
 */
export async function complete(tx: Tx, settlements: readonly Settlement[], slot: number): Promise<void> {
  if (settlements.length === 0) return
  const { rows } = await sql<{ moved: number }>`
    with d as (
      select * from jsonb_to_recordset(${JSON.stringify(settlements.map(({ item, outcome, reason }) => ({ id: item.id, outcome, reason })))}::jsonb)
        as d(id bigint, outcome text, reason text)
    ), gone as (
      delete from tds_sync_queue_live q using d
      where q.id = d.id and q.id = any (array(select id from d)) and q.requested_version = q.claimed_version
      returning q.*, d.outcome as ended, d.reason
    ), again as (
      update tds_sync_queue_live q set
        status = 'pending', attempts = 0, claimed_run_id = null, lease_owner = null, lease_until = null,
        error_code = null, error_message = null
      from d
      where q.id = d.id and q.id = any (array(select id from d)) and q.requested_version <> q.claimed_version
      returning q.id
    ), done as (
      insert into tds_sync_queue_done
        (id, entity_type, source_entity_id, status, lane, priority, is_bulk, attempts, requested_version, claimed_version,
         claimed_run_id, run_at, lease_token, wait_reason, outcome, created_at, claimed_at, finished_at)
      select id, entity_type, source_entity_id, 'completed', lane, priority, is_bulk, attempts, requested_version,
        claimed_version, claimed_run_id, run_at, lease_token, reason, ended, created_at, claimed_at, clock_timestamp()
      from gone
    ), documents as (
      delete from tds_sync_documents s using gone g
      where s.entity_type = g.entity_type and s.source_entity_id = g.source_entity_id and g.document_id is not null
    )
    select (select count(*) from gone) + (select count(*) from again) as moved`.execute(tx)
  mustMove('complete', settlements.length, rows[0]?.moved ?? 0)
  await resolveDeadLetters(tx, settlements, slot)
  await record(tx, settlements, slot)
}

/** Success is the proof that the record's open dead letter has lost its cause. */
async function resolveDeadLetters(tx: Tx, settlements: readonly Settlement[], slot: number): Promise<void> {
  const { rows } = await sql<{ label: string }>`
    update tds_dead_letter_queue l set
      resolved = true, resolved_at = clock_timestamp(), resolved_by = 'queue', resolution_note = 'a later attempt succeeded',
      updated_at = clock_timestamp()
    from jsonb_to_recordset(${keys(settlements)}::jsonb) as k(entity_type text, source_entity_id text)
    where l.entity_type = k.entity_type and l.source_entity_id = k.source_entity_id and not l.resolved
    returning l.entity_type as label`.execute(tx)
  if (rows.length > 0) await countMetrics(tx, named('dead_letter_resolved', rows), slot)
}

const named = (name: string, rows: readonly { readonly label: string }[]) => rows.map(({ label }) => ({ name, label }))
