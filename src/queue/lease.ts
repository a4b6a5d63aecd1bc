import { type Db, sql, type Tx } from '../../db/index.ts'
import type { Watch } from '../audit/index.ts'
import { TdsError } from '../errors.ts'
import { waitedMs } from './claim.ts'
import { bury } from './failures.ts'
import { overtakenOf } from './overtaken.ts'
import { maxAttempts } from './retry.ts'
import { countOverRuns } from './run-counters.ts'
import type { ClaimedItem } from './types.ts'

/** Lengthens the leases of the named items that are still this owner's. */
export async function heartbeat(db: Db, owner: string, ids: readonly number[], leaseMs: number): Promise<void> {
  if (ids.length === 0) return
  await sql`
    update tds_sync_queue_live set lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where id = any (array(select value::bigint from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)))
      and lease_owner = ${owner} and status = 'processing'`.execute(db)
}

export async function holdsLease(db: Db, item: ClaimedItem): Promise<boolean> {
  const { rows } = await sql`
    select 1 from tds_sync_queue_live
    where id = ${item.id} and lease_token = ${item.leaseToken} and status = 'processing'
      and lease_until > clock_timestamp()`.execute(db)
  return rows.length === 1
}

/**
 * The advisory lock a living process holds for its whole life; whoever can take it knows that the process is gone. It is
 * tried in shared mode: those who look at the same time must not take each other for the living owner.
 */
export const processLock = (processId: string) => sql`hashtextextended(${processId}::text, 7)`

export interface OwnItems {
  /** Ids that a batch holds. */
  readonly inHand?: readonly number[]
  readonly excused?: readonly number[]
}

/**
 * Frees the items of owners that are gone: at once where the owner's advisory lock can be taken (its session ended,
 * as after kill -9), after the lease where the owner still has a session but does nothing (stopped, cut off), and our
 * own that no batch holds any more, because the database went away while it was settling.
 * Items whose attempts are used up become dead letters.
 * @param excused of our own: the database went away from under them, so the attempt is given back
 * @param watch says how many may be freed, and writes down that they were; all of them where there is none
 * @returns how many items were freed
 */
export async function rescue(
  db: Db,
  self: string,
  { inHand = [], excused = [] }: OwnItems = {},
  watch?: Watch,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { rows: lost } = await sql<Lost>`
      with owners as materialized (
        select distinct lease_owner from tds_sync_queue_live where status = 'processing'
      ), gone as materialized (
        select lease_owner from owners
        where lease_owner <> ${self} and pg_try_advisory_xact_lock_shared(hashtextextended(lease_owner::text, 7))
      )
      select q.id, q.entity_type as "entityType", q.source_entity_id as "sourceEntityId", q.lane, q.priority,
        q.is_bulk as "isBulk", q.attempts, q.lease_token as "leaseToken", q.claimed_version as "claimedVersion",
        q.claimed_run_id as "runId", q.document_id as "documentId", q.claimed_at::text as "claimedAt",
        ${waitedMs},
        q.lease_owner = ${self} and ${JSON.stringify(excused)}::jsonb @> to_jsonb(q.id) as "isExcused"
      from tds_sync_queue_live q
      where q.status = 'processing'
        and (q.lease_until < clock_timestamp() or q.lease_owner in (select lease_owner from gone)
          or q.lease_owner = ${self} and q.claimed_at < clock_timestamp() - interval '5 seconds'
            and not ${JSON.stringify(inHand)}::jsonb @> to_jsonb(q.id))
      order by q.lease_until
      limit 500
      for update skip locked`.execute(tx)
    if (lost.length === 0) return 0
    const rows = watch ? lost.slice(0, await watch.allowance(tx)) : lost
    const spent = rows.filter((item) => item.attempts >= maxAttempts && !item.isExcused)
    const error = new TdsError(
      'LEASE_EXHAUSTED',
      'permanent',
      `No worker survived this item in ${maxAttempts} attempts`,
    )
    await bury(
      tx,
      spent.map((item) => ({ item, error })),
      0,
    )
    await giveBack(
      tx,
      rows.filter((item) => !spent.includes(item)),
    )
    await watch?.note(tx, {
      affected: rows.length,
      subject: 'tds_sync_queue',
      reason: 'their process is gone or their lease ran out',
      after: { given_back: rows.length - spent.length, dead_letters: spent.length },
    })
    return rows.length
  })
}

type Lost = ClaimedItem & { readonly isExcused: boolean }

async function giveBack(tx: Tx, items: readonly Lost[]): Promise<void> {
  if (items.length === 0) return
  const overtaken = await overtakenOf(
    tx,
    items.map((item) => item.id),
  )
  await sql`
    update tds_sync_queue_live q set
      status = 'pending', run_at = clock_timestamp(), wait_reason = 'rescued',
      attempts = q.attempts - case when l.excused then 1 else 0 end, run_id = coalesce(q.run_id, q.claimed_run_id),
      claimed_run_id = null, lease_owner = null, lease_until = null
    from jsonb_to_recordset(${JSON.stringify(items.map(({ id, isExcused }) => ({ id, excused: isExcused })))}::jsonb)
      as l(id bigint, excused boolean)
    where q.id = l.id`.execute(tx)
  await countOverRuns(tx, overtaken)
}

/** Gives an owner's unsettled items back at once, their attempt not counted: a stop is not a failure. */
export async function release(db: Db, owner: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ id: number }>`
      select id from tds_sync_queue_live where lease_owner = ${owner} and status = 'processing'
      order by entity_type, source_entity_id
      for update`.execute(tx)
    const overtaken = await overtakenOf(
      tx,
      rows.map(({ id }) => id),
    )
    await sql`
      update tds_sync_queue_live set
        status = 'pending', attempts = attempts - 1, run_id = coalesce(run_id, claimed_run_id), claimed_run_id = null,
        lease_owner = null, lease_until = null
      where lease_owner = ${owner} and status = 'processing'`.execute(tx)
    await countOverRuns(tx, overtaken)
  })
}
