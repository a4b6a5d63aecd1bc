import { sql, type Tx } from '../../db/index.ts'
import { countOverRuns } from './run-counters.ts'
import type { ClaimedItem, Outcome } from './types.ts'

/** What became of an attempt, as the log, the counters, the runs and the inbox need it. */
export interface Ended {
  readonly item: ClaimedItem
  readonly outcome: Outcome
  readonly errorCode?: string
  readonly errorMessage?: string
}

/** The ends of items, where people and counters look for them. Run rows come last: they are the hottest locks. */
export async function record(tx: Tx, ended: readonly Ended[], slot: number): Promise<void> {
  await log(tx, ended)
  await settleEvents(tx, ended, slot)
  await countAttempts(
    tx,
    ended.map(({ item, outcome }) => ({ name: outcome, item })),
    slot,
  )
  await countOverRuns(
    tx,
    ended.flatMap(({ item, outcome }) => (item.runId === null ? [] : { runId: item.runId, outcome })),
  )
}

export async function log(tx: Tx, ended: readonly Ended[]): Promise<void> {
  const input = ended.map((each) => ({
    queue_id: each.item.id,
    run_id: each.item.runId,
    entity_type: each.item.entityType,
    source_entity_id: each.item.sourceEntityId,
    attempt: each.item.attempts,
    claimed_at: each.item.claimedAt,
    outcome: each.outcome,
    error_code: each.errorCode ?? null,
    error_message: each.errorMessage ?? null,
  }))
  await sql`
    insert into tds_sync_logs
      (queue_id, run_id, entity_type, source_entity_id, attempt, outcome, error_code, error_message, duration_ms)
    select i.queue_id, i.run_id, i.entity_type, i.source_entity_id, i.attempt, i.outcome, i.error_code, i.error_message,
      extract(epoch from clock_timestamp() - i.claimed_at) * 1000
    from jsonb_to_recordset(${JSON.stringify(input)}::jsonb) as i(
      queue_id bigint, run_id bigint, entity_type text, source_entity_id text, attempt smallint, outcome text,
      claimed_at timestamptz, error_code text, error_message text)`.execute(tx)
}

/**
 * Every webhook that asked for what is now settled keeps its own outcome and time; how long those took that ended at a
 * row is counted.
 */
async function settleEvents(tx: Tx, ended: readonly Ended[], slot: number): Promise<void> {
  // The lateral keeps the planner, whose statistics never know how many events wait, from hashing all of them.
  await sql`
    with settled as materialized (
      select e.event_id, k.outcome
      from jsonb_to_recordset(${keys(ended)}::jsonb)
        as k(entity_type text, source_entity_id text, version integer, outcome text)
      cross join lateral (
        select event_id from tds_inbox_events
        where entity_type = k.entity_type and source_entity_id = k.source_entity_id
          and status = 'promoted' and settled_at is null and requested_version <= k.version
        offset 0) e
    ), told as (
      update tds_inbox_events e set outcome = s.outcome, settled_at = clock_timestamp()
      from settled s
      where e.event_id = s.event_id and e.event_id = any (array(select event_id from settled))
      returning e.entity_type, e.outcome, extract(epoch from e.settled_at - e.received_at)::float8 * 1000 as lag
    )
    insert into tds_metrics as m (bucket, name, label, slot, value)
    select date_trunc('minute', clock_timestamp()), 'lag_ms_le_' || tds_histogram_le(lag) as counted, entity_type,
      ${slot}::smallint, count(*)
    from told where outcome in ('written', 'unchanged', 'stale')
    group by counted, entity_type
    order by counted, entity_type
    on conflict (resolution, bucket, name, label, slot) do update set value = m.value + excluded.value`.execute(tx)
}

/** Attempts that ended, each with how long it waited and how long it took. */
export async function countAttempts(
  tx: Tx,
  attempts: readonly { readonly name: string; readonly item: ClaimedItem }[],
  slot: number,
): Promise<void> {
  const input = attempts.map(({ name, item }) => ({
    name,
    label: item.entityType,
    waited_ms: item.waitedMs,
    claimed_at: item.claimedAt,
  }))
  await sql`
    insert into tds_metrics as m (bucket, name, label, slot, value)
    select date_trunc('minute', clock_timestamp()), counted, label, ${slot}::smallint, count(*)
    from jsonb_to_recordset(${JSON.stringify(input)}::jsonb)
        as a(name text, label text, waited_ms float8, claimed_at timestamptz)
      cross join lateral (values
        (name),
        ('wait_ms_le_' || tds_histogram_le(waited_ms)),
        ('run_ms_le_' || tds_histogram_le(extract(epoch from clock_timestamp() - claimed_at)::float8 * 1000))) c(counted)
    group by counted, label
    order by counted, label
    on conflict (resolution, bucket, name, label, slot) do update set value = m.value + excluded.value`.execute(tx)
}

/** Adds to the counters of this minute, in the transaction of what is counted. */
export async function countMetrics(
  tx: Tx,
  counts: readonly { name: string; label: string }[],
  slot: number,
): Promise<void> {
  await sql`
    insert into tds_metrics as m (bucket, name, label, slot, value)
    select date_trunc('minute', clock_timestamp()), name, label, ${slot}::smallint, count(*)
    from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb) as c(name text, label text)
    group by name, label
    order by name, label
    on conflict (resolution, bucket, name, label, slot) do update set value = m.value + excluded.value`.execute(tx)
}

/** The records that ended, as input of a statement. */
export const keys = (ended: readonly Ended[]): string =>
  JSON.stringify(
    ended.map(({ item, outcome }) => ({
      entity_type: item.entityType,
      source_entity_id: item.sourceEntityId,
      version: item.claimedVersion,
      outcome,
    })),
  )
