import { type Db, sql } from '../../db/index.ts'
import { rollUp } from './rollup.ts'

/** How long what is over stays visible, in days. Open dead letters, parked events and live rows are never pruned. */
const keepDays = {
  finished: 14,
  documents: 1,
  logs: 30,
  events: 30,
  runs: 400,
  frequentRuns: 60,
  rowHistory: 90,
} as const

const batch = 5_000

/** Deletes what retention no longer keeps, in small batches, so that no statement holds locks or the disk for long. */
export async function prune(db: Db): Promise<void> {
  await repeat(() =>
    sql`
    delete from tds_sync_queue_done where ctid = any (array(
      select ctid from tds_sync_queue_done where finished_at < clock_timestamp() - ${keepDays.finished} * interval '1 day' limit ${batch}))`.execute(
      db,
    ),
  )
  await repeat(() =>
    sql`
    delete from tds_sync_logs where id = any (array(
      select id from tds_sync_logs where created_at < clock_timestamp() - ${keepDays.logs} * interval '1 day' limit ${batch}))`.execute(
      db,
    ),
  )
  await repeat(() =>
    sql`
    with old as (
      select event_id from tds_inbox_events
      where received_at < clock_timestamp() - ${keepDays.events} * interval '1 day'
        and (status = 'duplicate' or status = 'promoted' and settled_at is not null)
      limit ${batch}
    ), bodies as (
      delete from tds_inbox_payloads where event_id in (select event_id from old)
    )
    delete from tds_inbox_events where event_id in (select event_id from old)`.execute(db),
  )
  await repeat(() =>
    sql`
    delete from tds_sync_runs where id = any (array(
      select id from tds_sync_runs
      where started_at < clock_timestamp() - case when mode in ('full', 'images') then ${keepDays.runs}::integer
          else ${keepDays.frequentRuns}::integer end * interval '1 day'
        and status not in ('queued', 'running', 'read')
      limit ${batch}))`.execute(db),
  )
  await repeat(() =>
    sql`
    delete from tds_audit_trail_rows where id = any (array(
      select id from tds_audit_trail_rows
      where at < clock_timestamp() - ${rowHistoryDays} * interval '1 day' limit ${batch}))`.execute(db),
  )
  await repeat(() =>
    sql`
    delete from tds_sync_documents where document_id in (
      select d.document_id from tds_sync_documents d
      where d.read_at < clock_timestamp() - ${keepDays.documents} * interval '1 day'
        and not exists (select from tds_sync_queue_live q where q.document_id = d.document_id)
        and not exists (select from tds_dead_letter_queue l where l.document_id = d.document_id and not l.resolved)
      limit ${batch})`.execute(db),
  )
  await rollUp(db)
}

/** `retention.row_history_days` of `tds_configuration`, where it holds a number of days. */
const rowHistoryDays = sql`coalesce((
  select case when jsonb_typeof(value) = 'number' and value::numeric >= 1 then value::numeric::float8 end
  from tds_configuration where key = 'retention.row_history_days'), ${keepDays.rowHistory})`

async function repeat(statement: () => Promise<{ numAffectedRows?: bigint }>): Promise<void> {
  while ((await statement()).numAffectedRows === BigInt(batch)) {
    // The next batch.
  }
}
