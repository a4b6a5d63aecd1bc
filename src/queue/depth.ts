import { type Db, sql } from '../../db/index.ts'

export interface Depth {
  readonly pending: number
  readonly processing: number
  readonly failed: number
  readonly dead_letter: number
  /** Rows that should run now and are no part of bulk work: what alerts look at. */
  readonly due: number
  readonly oldest_due_seconds: number | null
  readonly oldest_processing_seconds: number | null
  readonly by_wait_reason: Readonly<Record<string, number>>
}

/** Counts of what is unfinished. Reads the live partition and the open dead letters only, so history costs nothing. */
export async function readDepth(db: Db): Promise<Depth> {
  const { rows } = await sql<Depth>`
    select
      count(*) filter (where status = 'pending') as pending,
      count(*) filter (where status = 'processing') as processing,
      count(*) filter (where status = 'failed') as failed,
      (select count(*) from tds_dead_letter_queue where not resolved) as dead_letter,
      count(*) filter (where ${due}) as due,
      ceil(extract(epoch from clock_timestamp() - min(run_at) filter (where ${due})))::int as oldest_due_seconds,
      ceil(extract(epoch from clock_timestamp() - min(claimed_at) filter (where status = 'processing')))::int
        as oldest_processing_seconds,
      coalesce((select jsonb_object_agg(wait_reason, n) from (
        select wait_reason, count(*) as n from tds_sync_queue_live where wait_reason is not null and status = 'pending'
        group by wait_reason) w), '{}') as by_wait_reason
    from tds_sync_queue_live`.execute(db)
  const depth = rows[0]
  if (!depth) throw new Error('An aggregate always answers one row')
  return depth
}

const due = sql`status in ('pending', 'failed') and not is_bulk and run_at <= clock_timestamp()`

/** Items of a run that are not terminal yet: what the run's feeder looks at before it reads on. */
export async function unsettledOf(db: Db, runId: number): Promise<number> {
  const { rows } = await sql<{ unsettled: number }>`
    select fetched - written - unchanged - stale - skipped - failed as unsettled from tds_sync_runs where id = ${runId}`.execute(
    db,
  )
  return rows[0]?.unsettled ?? 0
}
