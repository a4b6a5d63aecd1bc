import { sql, type Tx } from '../../db/index.ts'
import { errorCode, errorMessage } from '../errors.ts'
import { overtakenOf } from './overtaken.ts'
import { countAttempts, log, record } from './record.ts'
import { fingerprint } from './retry.ts'
import { countOverRuns } from './run-counters.ts'
import { mustMove } from './states.ts'
import type { ClaimedItem } from './types.ts'

export interface Failure {
  readonly item: ClaimedItem
  readonly error: unknown
  readonly delayMs: number
}

/** Fenced items whose attempt failed and that run again by themselves after `delayMs`. */
export async function fail(tx: Tx, failures: readonly Failure[], slot: number): Promise<void> {
  if (failures.length === 0) return
  const overtaken = await overtakenOf(tx, idsOf(failures))
  const { rows } = await sql<{ id: number }>`
    update tds_sync_queue_live q set
      status = 'failed', run_at = t.at, next_retry_at = t.at, run_id = coalesce(q.run_id, q.claimed_run_id),
      claimed_run_id = null, lease_owner = null, lease_until = null, error_code = d.code, error_message = d.message
    from jsonb_to_recordset(${JSON.stringify(failures.map(describeFailure))}::jsonb)
        as d(id bigint, code text, message text, delay_ms integer)
      cross join lateral (select clock_timestamp() + d.delay_ms * interval '1 millisecond' as at) t
    where q.id = d.id
    returning q.id`.execute(tx)
  mustMove('fail', failures.length, rows.length)
  await log(
    tx,
    failures.map(({ item, error }) => ({ item, outcome: 'failed', ...describe(error) })),
  )
  await countAttempts(
    tx,
    failures.map(({ item }) => ({ name: 'attempt_failed', item })),
    slot,
  )
  await countOverRuns(tx, overtaken)
}

const idsOf = (ended: readonly { readonly item: ClaimedItem }[]): number[] => ended.map(({ item }) => item.id)

const describe = (error: unknown) => ({ errorCode: errorCode(error), errorMessage: errorMessage(error).slice(0, 2000) })

const describeFailure = ({ item, error, delayMs }: Failure) => ({
  id: item.id,
  code: errorCode(error),
  message: errorMessage(error).slice(0, 2000),
  delay_ms: delayMs,
})

export interface Snooze {
  readonly item: ClaimedItem
  readonly retryAt: Date
  readonly reason: string
}

/** Fenced items that came too early: they wait without having spent an attempt and do not count as due. */
export async function snooze(tx: Tx, snoozes: readonly Snooze[]): Promise<void> {
  if (snoozes.length === 0) return
  const overtaken = await overtakenOf(tx, idsOf(snoozes))
  const input = snoozes.map(({ item, retryAt, reason }) => ({ id: item.id, retry_at: retryAt.toISOString(), reason }))
  const { rows } = await sql<{ id: number }>`
    update tds_sync_queue_live q set
      status = 'pending', attempts = q.attempts - 1, run_at = greatest(d.retry_at, clock_timestamp()), wait_reason = d.reason,
      run_id = coalesce(q.run_id, q.claimed_run_id), claimed_run_id = null, lease_owner = null, lease_until = null
    from jsonb_to_recordset(${JSON.stringify(input)}::jsonb) as d(id bigint, retry_at timestamptz, reason text)
    where q.id = d.id
    returning q.id`.execute(tx)
  mustMove('snooze', snoozes.length, rows.length)
  await countOverRuns(tx, overtaken)
}

export interface Burial {
  readonly item: ClaimedItem
  readonly error: unknown
}

/** Fenced items that repeating cannot help: the dead letter and the row's end are one statement. */
export async function bury(tx: Tx, burials: readonly Burial[], slot: number): Promise<void> {
  if (burials.length === 0) return
  const input = burials.map(({ item, error }) => ({
    id: item.id,
    code: errorCode(error),
    message: errorMessage(error).slice(0, 2000),
    fingerprint: fingerprint(error),
  }))
  const { rows } = await sql<{ moved: number }>`
    with d as (
      select * from jsonb_to_recordset(${JSON.stringify(input)}::jsonb) as d(id bigint, code text, message text, fingerprint text)
    ), gone as (
      delete from tds_sync_queue_live q using d
      where q.id = d.id and q.requested_version = q.claimed_version
      returning q.*, d.code, d.message, d.fingerprint
    ), again as (
      update tds_sync_queue_live q set
        status = 'pending', attempts = 0, claimed_run_id = null, lease_owner = null, lease_until = null,
        error_code = d.code, error_message = d.message
      from d
      where q.id = d.id and q.requested_version <> q.claimed_version
      returning q.id
    ), done as (
      insert into tds_sync_queue_done
        (id, entity_type, source_entity_id, status, lane, priority, is_bulk, attempts, requested_version, claimed_version,
         document_id, document_read_at, claimed_run_id, run_at, lease_token, error_code, error_message, outcome,
         created_at, claimed_at, finished_at)
      select id, entity_type, source_entity_id, 'dead_letter', lane, priority, is_bulk, attempts, requested_version,
        claimed_version, document_id, document_read_at, claimed_run_id, run_at, lease_token, code, message, 'failed',
        created_at, claimed_at, clock_timestamp()
      from gone
    ), letters as (
      insert into tds_dead_letter_queue as l
        (queue_id, entity_type, source_entity_id, error_code, error_message, fingerprint, attempts, priority, document_id)
      select id, entity_type, source_entity_id, code, message, fingerprint, attempts, priority, document_id from gone
      on conflict (entity_type, source_entity_id) where not resolved do update set
        queue_id = excluded.queue_id, error_code = excluded.error_code, error_message = excluded.error_message,
        fingerprint = excluded.fingerprint, attempts = l.attempts + excluded.attempts, document_id = excluded.document_id,
        updated_at = clock_timestamp()
    )
    select (select count(*) from gone) + (select count(*) from again) as moved`.execute(tx)
  mustMove('bury', burials.length, rows[0]?.moved ?? 0)
  await record(
    tx,
    burials.map(({ item, error }) => ({ item, outcome: 'failed', ...describe(error) })),
    slot,
  )
}
