import { type Db, sql, type Tx } from '../../db/index.ts'
import { errorCode, errorMessage, inputError, TdsError } from '../errors.ts'
import { enqueue } from '../queue/index.ts'
import { leaseUntil } from './own-run.ts'
import type { Run, Slice } from './types.ts'

/**
 * Takes a slice in: its work, its counts and the place to go on from commit together. Queue rows come before the run's.
 * @throws TdsError `RUN_LOST` when the run is no longer this owner's or no longer running
 */
export async function takeSlice(tx: Tx, run: Run, slice: Slice, processId: string): Promise<void> {
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
      listed = listed + ${slice.listed ?? 0}, details = details + ${slice.details ?? 0},
      strategy = ${slice.strategy ?? sql`strategy`}, phase = ${slice.phase ?? sql`phase`},
      next_page = ${slice.nextPage ?? sql`next_page`}, position = ${slice.position ?? sql`position`},
      modified_until = greatest(modified_until, ${slice.modifiedUntil ?? null}::timestamptz),
      lease_until = ${leaseUntil}
    where id = ${run.id} and owner = ${processId} and status = 'running'
    returning id`.execute(tx)
  if (rows.length === 0) throw runLost(run)
}

const runLost = ({ id }: Run): TdsError =>
  new TdsError('RUN_LOST', 'transient', `Run ${id} was taken over or ended by someone else`)

/** The list is read again from its first page, in another way. */
export async function startOver(tx: Tx, { id }: Run): Promise<void> {
  await sql`update tds_sync_runs set next_page = 1, strategy = null, listed = 0 where id = ${id}`.execute(tx)
}

/**
 * Everything is read: the run waits for its items, or is settled at once when all of them are terminal.
 * @throws TdsError `RUN_LOST`
 */
export async function finishReading(db: Db, run: Run, processId: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql`
      update tds_sync_runs set
        status = case when fetched = written + unchanged + stale + skipped + failed then 'settled' else 'read' end,
        read_at = clock_timestamp(),
        settled_at = case when fetched = written + unchanged + stale + skipped + failed then clock_timestamp() end
      where id = ${run.id} and owner = ${processId} and status = 'running'
      returning id`.execute(tx)
    if (rows.length === 0) throw runLost(run)
    if (run.mode !== 'backfill') await moveCursor(tx, run)
    await sql`delete from tds_sync_seen where run_id = ${run.id}`.execute(tx)
  })
}

/** A backfill reads documents of a part, so it completes nothing and leaves the cursor alone. */
async function moveCursor(tx: Tx, { id }: Run): Promise<void> {
  await sql`
    insert into tds_sync_cursors as c (entity_type, modified_since, last_complete_at, last_full_at)
    select entity_type, modified_until, read_at, case when mode = 'full' then read_at end
    from tds_sync_runs where id = ${id} and read_at is not null
    on conflict (entity_type) do update set
      modified_since = greatest(c.modified_since, excluded.modified_since),
      last_complete_at = excluded.last_complete_at,
      last_full_at = coalesce(excluded.last_full_at, c.last_full_at),
      updated_at = clock_timestamp()`.execute(tx)
}

/**
 * A run that could not see everything: it moves no cursor and deletes nothing; what it enqueued is still worked off.
 * Only its owner ends it: who lost it must not end it for whoever took it over.
 */
export async function endRun(
  db: Db,
  run: Run,
  processId: string,
  { status, error }: { readonly status: 'incomplete' | 'held'; readonly error: unknown },
): Promise<void> {
  await sql`
    with ended as (
      update tds_sync_runs set status = ${status}, error_code = ${errorCode(error)}, error_message = ${errorMessage(error).slice(0, 2000)}
      where id = ${run.id} and owner = ${processId} and status = 'running'
      returning id
    )
    delete from tds_sync_seen where run_id in (select id from ended)`.execute(db)
}

export async function getRun(db: Db, id: number): Promise<Run> {
  const { rows } = await sql<Run>`select * from tds_sync_runs where id = ${id}`.execute(db)
  const run = rows[0]
  if (!run) throw inputError('RUN_NOT_FOUND', `There is no run ${id}`, 404)
  return run
}

export interface RunFilter {
  readonly limit: number
  /** `next` of the page before. */
  readonly after?: number | undefined
  readonly entity_type?: string | undefined
  readonly mode?: string | undefined
  readonly status?: string | undefined
  /** Started at or after, before. */
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

export interface RunPage {
  readonly items: readonly Run[]
  /** Counted up to 10,000. */
  readonly total: number
  readonly next: number | null
}

const countedUpTo = 10_000

/** Newest first. */
export async function listRuns(db: Db, { limit, after, from, to, ...plain }: RunFilter): Promise<RunPage> {
  const conditions = [
    sql`true`,
    ...Object.entries(plain).flatMap(([column, value]) =>
      value === undefined ? [] : [sql`${sql.ref(column)} = ${value}`],
    ),
    ...(from ? [sql`started_at >= ${from}`] : []),
    ...(to ? [sql`started_at < ${to}`] : []),
  ]
  const matching = sql.join(conditions, sql` and `)
  const [{ rows }, { rows: counted }] = await Promise.all([
    sql<Run>`
      select * from tds_sync_runs where ${matching} and id < ${after ?? Number.MAX_SAFE_INTEGER}
      order by id desc limit ${limit + 1}`.execute(db),
    sql<{ total: number }>`
      select count(*) as total from (select from tds_sync_runs where ${matching} limit ${countedUpTo}) c`.execute(db),
  ])
  const items = rows.slice(0, limit)
  return { items, total: counted[0]?.total ?? 0, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}
