import { type Db, sql, type Tx } from '../../db/index.ts'
import { errorCode, errorMessage, inputError, TdsError } from '../errors.ts'
import { enqueue } from '../queue/index.ts'
import type { Run, RunRequest, Slice } from './types.ts'

const leaseSeconds = 120

/**
 * Opens a run, or takes over one of the same entity and mode whose process is gone, at the page it had reached.
 * @throws TdsError `SYNC_ALREADY_RUNNING`
 */
export async function openRun(db: Db, request: RunRequest, owner: string): Promise<Run> {
  return db.transaction().execute(async (tx) => {
    const abandoned = await takeOver(tx, request, owner)
    if (abandoned) return abandoned
    const { rows } = await sql<Run>`
      insert into tds_sync_runs (entity_type, mode, trigger, owner, lease_until, modified_since)
      select ${request.entityType}::text, ${request.mode}::text, ${request.trigger}, ${owner}::uuid,
        clock_timestamp() + ${leaseSeconds} * interval '1 second',
        (select modified_since from tds_sync_cursors where entity_type = ${request.entityType})
      on conflict (entity_type, mode) where status = 'running' do nothing
      returning *`.execute(tx)
    const run = rows[0]
    if (!run)
      throw inputError('SYNC_ALREADY_RUNNING', `A ${request.mode} run of ${request.entityType} is under way`, 409)
    return run
  })
}

async function takeOver(
  tx: Tx,
  request: Pick<RunRequest, 'entityType' | 'mode'>,
  owner: string,
): Promise<Run | undefined> {
  const { rows } = await sql<Run>`
    update tds_sync_runs set owner = ${owner}, lease_until = clock_timestamp() + ${leaseSeconds} * interval '1 second'
    where id in (select id from tds_sync_runs
      where status = 'running' and entity_type = ${request.entityType} and mode = ${request.mode} and ${isAbandoned(owner)}
      for update skip locked)
    returning *`.execute(tx)
  return rows[0]
}

/** Nobody works on it: released at a stop, its owner's session gone, or its lease over. */
const isAbandoned = (self: string) => sql`(owner is null or lease_until < clock_timestamp()
  or (owner <> ${self} and pg_try_advisory_xact_lock(hashtextextended(owner::text, 7))))`

/** Runs that nobody works on, oldest first. */
export async function abandonedRuns(db: Db, self: string): Promise<readonly Pick<Run, 'entity_type' | 'mode'>[]> {
  return db.transaction().execute(async (tx) => {
    const { rows } =
      await sql<Run>`select * from tds_sync_runs where status = 'running' and ${isAbandoned(self)} order by id`.execute(
        tx,
      )
    return rows
  })
}

/**
 * Takes a slice in: its work, its counts and the place to go on from commit together. Queue rows come before the run's.
 * @throws TdsError `RUN_LOST` when the run is no longer this owner's or no longer running
 */
export async function takeSlice(tx: Tx, run: Run, slice: Slice, owner: string): Promise<void> {
  await enqueue(
    tx,
    slice.requests.map((request) => ({ ...request, runId: run.id })),
  )
  if (slice.seen && slice.seen.length > 0) {
    await sql`
      insert into tds_sync_seen (run_id, source_entity_id)
      select ${run.id}, value from jsonb_array_elements_text(${JSON.stringify(slice.seen)}::jsonb)
      on conflict do nothing`.execute(tx)
  }
  const { rows } = await sql`
    update tds_sync_runs set
      fetched = fetched + ${slice.fetched}, unchanged = unchanged + ${slice.unchanged},
      skipped = skipped + ${slice.skipped ?? 0}, calls = calls + ${slice.calls},
      next_page = ${slice.nextPage ?? sql`next_page`}, position = ${slice.position ?? sql`position`},
      modified_until = greatest(modified_until, ${slice.modifiedUntil ?? null}::timestamptz),
      lease_until = clock_timestamp() + ${leaseSeconds} * interval '1 second'
    where id = ${run.id} and owner = ${owner} and status = 'running'
    returning id`.execute(tx)
  if (rows.length === 0)
    throw new TdsError('RUN_LOST', 'transient', `Run ${run.id} was taken over or ended by someone else`)
}

/** Everything is read: the run waits for its items, or is settled at once when all of them are terminal. */
export async function finishReading(db: Db, run: Run, owner: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`
      update tds_sync_runs set
        status = case when fetched = written + unchanged + stale + skipped + failed then 'settled' else 'read' end,
        read_at = clock_timestamp(),
        settled_at = case when fetched = written + unchanged + stale + skipped + failed then clock_timestamp() end
      where id = ${run.id} and owner = ${owner} and status = 'running'`.execute(tx)
    await sql`
      insert into tds_sync_cursors as c (entity_type, modified_since, last_complete_at, last_full_at)
      select entity_type, modified_until, read_at, case when mode = 'full' then read_at end from tds_sync_runs where id = ${run.id}
      on conflict (entity_type) do update set
        modified_since = greatest(c.modified_since, excluded.modified_since),
        last_complete_at = excluded.last_complete_at,
        last_full_at = coalesce(excluded.last_full_at, c.last_full_at),
        updated_at = clock_timestamp()`.execute(tx)
    await sql`delete from tds_sync_seen where run_id = ${run.id}`.execute(tx)
  })
}

/** A run that could not see everything: it moves no cursor and deletes nothing; what it enqueued is still worked off. */
export async function endRun(
  db: Db,
  run: Run,
  status: 'incomplete' | 'held' | 'cancelled',
  error: unknown,
): Promise<void> {
  await sql`
    update tds_sync_runs set status = ${status}, error_code = ${errorCode(error)}, error_message = ${errorMessage(error).slice(0, 2000)}
    where id = ${run.id} and status = 'running'`.execute(db)
}

/** A stop is not a failure: the next process goes on at once. */
export async function releaseRun(db: Db, run: Run): Promise<void> {
  await sql`update tds_sync_runs set owner = null, lease_until = null where id = ${run.id} and status = 'running'`.execute(
    db,
  )
}

export async function getRun(db: Db, id: number): Promise<Run> {
  const { rows } = await sql<Run>`select * from tds_sync_runs where id = ${id}`.execute(db)
  const run = rows[0]
  if (!run) throw inputError('RUN_NOT_FOUND', `There is no run ${id}`, 404)
  return run
}

export async function listRuns(
  db: Db,
  { limit, after }: { limit: number; after?: number | undefined },
): Promise<Run[]> {
  const { rows } = await sql<Run>`
    select * from tds_sync_runs where id < ${after ?? Number.MAX_SAFE_INTEGER} order by id desc limit ${limit}`.execute(
    db,
  )
  return rows
}
