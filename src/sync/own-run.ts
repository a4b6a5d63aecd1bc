import { type Db, sql, type Tx } from '../../db/index.ts'
import type { Watch } from '../audit/index.ts'
import { inputError } from '../errors.ts'
import { isHeld } from './held.ts'
import { takeLeftBehind } from './left-behind.ts'
import type { Run, RunRequest } from './types.ts'

/** A run belongs to one process at a time: it holds a lease, and its session's advisory lock shows that it lives. */
export interface Owner {
  readonly processId: string
  /** Runs this process works on right now: never abandoned, even where a lost database let their lease end. */
  readonly inHand: ReadonlySet<number>
  /** Switch, limits and book of going on with what dead processes left; without one it is always done. */
  readonly takeovers?: Watch | undefined
}

const leaseSeconds = 120
/** A lease that is renewed this often outlives one failed renewal. */
export const renewEveryMs = 40_000

export const leaseUntil = sql`clock_timestamp() + ${leaseSeconds} * interval '1 second'`

/** Documents older than this are history: the backfill brings them. */
const recent = sql`interval '6 months'`

/**
 * Opens a run, or takes over one of the same entity and mode whose process is gone, at the place it had reached.
 * @throws TdsError `SYNC_ALREADY_RUNNING`
 */
export async function openRun(db: Db, request: RunRequest, owner: Owner): Promise<Run> {
  return db.transaction().execute(async (tx) => {
    const abandoned = await takeOver(tx, request, owner)
    if (abandoned) return abandoned
    const run = await insertRun(tx, request, owner.processId)
    if (!run)
      throw inputError('SYNC_ALREADY_RUNNING', `A ${request.mode} run of ${request.entityType} is under way`, 409)
    return run
  })
}

/**
 * Writes down that a run is wanted; whoever is free begins it.
 * @throws TdsError `SYNC_ALREADY_RUNNING`, with the run that is there already
 */
export async function queueRun(tx: Tx, request: RunRequest): Promise<Run> {
  const run = await insertRun(tx, request, null)
  if (run) return run
  const { entityType, mode } = request
  const { rows } = await sql<Run>`
    select * from tds_sync_runs
    where entity_type = ${entityType} and mode = ${mode} and status in ('queued', 'running')`.execute(tx)
  const [there] = rows
  throw inputError(
    'SYNC_ALREADY_RUNNING',
    `A ${mode} run of ${entityType} is ${there?.status === 'queued' ? 'queued already' : 'under way'}: run ${there?.id ?? 'unknown'}`,
    409,
    { runId: there?.id },
  )
}

/** Without an owner it is queued. */
async function insertRun(tx: Tx, request: RunRequest, processId: string | null): Promise<Run | undefined> {
  const { entityType, mode, trigger, since, limit, paced, acceptMassChange, requestedBy, reason } = request
  const { rows } = await sql<Run>`
    insert into tds_sync_runs (entity_type, mode, status, trigger, owner, lease_until, modified_since, since, details_limit,
      is_paced, accepts_mass_change, requested_by, reason)
    select ${entityType}::text, ${mode}::text, ${processId === null ? 'queued' : 'running'}, ${trigger}, ${processId}::uuid,
      case when ${processId}::uuid is not null then ${leaseUntil} end,
      (select modified_since from tds_sync_cursors where entity_type = ${entityType}),
      coalesce(${since ?? null}::timestamptz, case when ${mode}::text = 'full' then clock_timestamp() - ${recent} end),
      ${limit ?? null}::integer, ${paced ?? false}, ${acceptMassChange ?? false}, ${requestedBy ?? null}, ${reason ?? null}
    on conflict (entity_type, mode) where status in ('queued', 'running') do nothing
    returning *`.execute(tx)
  return rows[0]
}

/** The row may be locked by a settle that counts for the run: that is waited for, and the question asked again after it. */
async function takeOver(
  tx: Tx,
  { entityType, mode, trigger }: Pick<RunRequest, 'entityType' | 'mode' | 'trigger'>,
  owner: Owner,
): Promise<Run | undefined> {
  const { rows } = await sql<Run & { left_by: string | null }>`
    update tds_sync_runs r set
      owner = ${owner.processId}, lease_until = ${leaseUntil}, status = 'running',
      started_at = case when r.status = 'queued' then clock_timestamp() else r.started_at end,
      modified_since = case when r.status = 'queued'
        then (select c.modified_since from tds_sync_cursors c where c.entity_type = r.entity_type) else r.modified_since end
    from (select id, owner as left_by from tds_sync_runs
      where entity_type = ${entityType} and mode = ${mode}
        and (status = 'queued' or (status = 'running' and ${isAbandoned(owner)}))
      for update) as before
    where r.id = before.id
    returning r.*, before.left_by`.execute(tx)
  const [taken] = rows
  if (!taken) return undefined
  const { left_by: leftBy, ...run } = taken
  // At a stop in order nobody is named: that is no repair.
  if (leftBy !== null && owner.takeovers) await takeLeftBehind(tx, run, trigger, owner.takeovers)
  return run
}

/** Nobody works on it: released at a stop, its owner's session gone, or its lease over. */
const isAbandoned = ({ processId, inHand }: Owner) => sql`(not ${JSON.stringify([...inHand])}::jsonb @> to_jsonb(id)
  and (owner is null or lease_until < clock_timestamp()
    or (owner <> ${processId} and pg_try_advisory_xact_lock_shared(hashtextextended(owner::text, 7)))))`

/** Runs that nobody works on and nobody holds back, oldest first: queued ones, and those whose process is gone. */
export async function waitingRuns(db: Db, owner: Owner): Promise<readonly Pick<Run, 'id' | 'entity_type' | 'mode'>[]> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<Run>`
        select * from tds_sync_runs r
        where (status = 'queued' or (status = 'running' and ${isAbandoned(owner)})) and not ${isHeld('r')}
        order by id`.execute(tx)
    return rows
  })
}

/** However long a page or the queue takes, the run stays with its process as long as that lives. */
export async function renewLease(db: Db, { id }: Run, { processId }: Owner): Promise<void> {
  await sql`
    update tds_sync_runs set lease_until = ${leaseUntil}
    where id = ${id} and owner = ${processId} and status = 'running'`.execute(db)
}

/** A stop is not a failure: the next process goes on at once. A run that was taken over meanwhile stays with its owner. */
export async function releaseRun(db: Db, { id }: Run, { processId }: Owner): Promise<void> {
  await sql`
    update tds_sync_runs set owner = null, lease_until = null
    where id = ${id} and owner = ${processId} and status = 'running'`.execute(db)
}
