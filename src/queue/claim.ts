import { type Db, sql } from '../../db/index.ts'
import type { ClaimedItem, Lane } from './types.ts'

/** Of a row `q` that is claimed; its `run_at` stays what it was. */
export const waitedMs = sql`
  greatest(0, extract(epoch from q.claimed_at - q.run_at) * 1000)::float8 as "waitedMs"`

/** The entity of the most urgent due row, or how long until the next row is due; takes nothing. */
export type Head = { readonly entityType: string; readonly isBulk: boolean } | { readonly dueInMs: number | null }

export async function peek(db: Db, lane: Lane, exclude: readonly string[] = []): Promise<Head> {
  const { rows } = await sql<{ entity_type: string; is_bulk: boolean; due_in_ms: number }>`
    (select entity_type, is_bulk, 0 as due_in_ms
      from tds_sync_queue_live
      where lane = ${lane} and status in ('pending', 'failed') and run_at <= clock_timestamp()
        and entity_type <> all (string_to_array(${exclude.join(',')}, ','))
      order by priority, run_at, id
      limit 1)
    union all
    (select entity_type, is_bulk, ceil(extract(epoch from run_at - clock_timestamp()) * 1000)::int
      from tds_sync_queue_live
      where lane = ${lane} and status in ('pending', 'failed') and run_at > clock_timestamp()
        and entity_type <> all (string_to_array(${exclude.join(',')}, ','))
      order by run_at
      limit 1)
    limit 1`.execute(db)
  const head = rows[0]
  if (!head) return { dueInMs: null }
  if (head.due_in_ms > 0) return { dueInMs: head.due_in_ms }
  return { entityType: head.entity_type, isBulk: head.is_bulk }
}

/** How many rows of an entity a claim would find now, counted no further than `atMost`. */
export async function countDue(db: Db, lane: Lane, entityType: string, atMost: number): Promise<number> {
  const { rows } = await sql<{ due: number }>`
    select count(*) as due from (
      select from tds_sync_queue_live
      where lane = ${lane} and entity_type = ${entityType} and status in ('pending', 'failed') and run_at <= clock_timestamp()
      limit ${atMost}) due`.execute(db)
  return rows[0]?.due ?? 0
}

export interface ClaimOptions {
  readonly lane: Lane
  readonly owner: string
  readonly limit: number
  /** Only rows of this entity; a batch that shares one read has one entity. */
  readonly entityType?: string
  /** How long the lease holds without a heartbeat. @default 60000 */
  readonly leaseMs?: number
}

/**
 * Leases the most urgent due rows, each to one owner, in one statement. The attempt is counted here, so that an item
 * that kills its worker ends among the dead letters; the lease token rises with every claim and is never reset.
 */
export async function claim(
  db: Db,
  { lane, owner, limit, entityType, leaseMs = 60_000 }: ClaimOptions,
): Promise<ClaimedItem[]> {
  // An array subquery keeps the planner from joining the few picked rows to the whole backlog with a hash.
  const { rows } = await sql<ClaimedItem>`
    with picked as materialized (
      select id
      from tds_sync_queue_live
      where lane = ${lane} and status in ('pending', 'failed') and run_at <= clock_timestamp()
        ${entityType === undefined ? sql`` : sql`and entity_type = ${entityType}`}
      order by priority, run_at, id
      limit ${limit}
      for update skip locked
    )
    update tds_sync_queue_live q set
      status = 'processing', attempts = q.attempts + 1, claimed_version = q.requested_version,
      claimed_run_id = q.run_id, run_id = null, next_retry_at = null, wait_reason = null,
      lease_token = q.lease_token + 1, lease_owner = ${owner}, claimed_at = clock_timestamp(),
      lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where q.id = any (array(select id from picked))
    returning q.id, q.entity_type as "entityType", q.source_entity_id as "sourceEntityId", q.lane, q.priority,
      q.is_bulk as "isBulk", q.attempts, q.lease_token as "leaseToken", q.claimed_version as "claimedVersion",
      q.claimed_run_id as "runId", q.document_id as "documentId", q.cause, q.claimed_at::text as "claimedAt",
      ${waitedMs}`.execute(db)
  return rows
}
