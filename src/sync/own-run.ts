import { type Db, sql, type Tx } from '../../db/index.ts'
import { inputError } from '../errors.ts'
import type { Run, RunRequest } from './types.ts'

/** A run belongs to one process at a time: it holds a lease, and its session's advisory lock shows that it lives. */
export interface Owner {
  readonly processId: string
  /** Runs this process works on right now: never abandoned, even where a lost database let their lease end. */
  readonly inHand: ReadonlySet<number>
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
    const { entityType, mode, trigger, since, limit, paced } = request
    const { rows } = await sql<Run>`
      insert into tds_sync_runs (entity_type, mode, trigger, owner, lease_until, modified_since, since, details_limit, is_paced)
      select ${entityType}::text, ${mode}::text, ${trigger}, ${owner.processId}::uuid, ${leaseUntil},
        (select modified_since from tds_sync_cursors where entity_type = ${entityType}),
        coalesce(${since ?? null}::timestamptz, case when ${mode}::text = 'full' then clock_timestamp() - ${recent} end),
        ${limit ?? null}::integer, ${paced ?? false}
      on conflict (entity_type, mode) where status = 'running' do nothing
      returning *`.execute(tx)
    const run = rows[0]
    if (!run) throw inputError('SYNC_ALREADY_RUNNING', `A ${mode} run of ${entityType} is under way`, 409)
    return run
  })
}

/** The row may be locked by a settle that counts for the run: that is waited for, and the question asked again after it. */
async function takeOver(
  tx: Tx,
  { entityType, mode }: Pick<RunRequest, 'entityType' | 'mode'>,
  owner: Owner,
): Promise<Run | undefined> {
  const { rows } = await sql<Run>`
    update tds_sync_runs set owner = ${owner.processId}, lease_until = ${leaseUntil}
    where id in (select id from tds_sync_runs
      where status = 'running' and entity_type = ${entityType} and mode = ${mode} and ${isAbandoned(owner)}
      for update)
    returning *`.execute(tx)
  return rows[0]
}

/** Nobody works on it: released at a stop, its owner's session gone, or its lease over. */
const isAbandoned = ({ processId, inHand }: Owner) => sql`(not ${JSON.stringify([...inHand])}::jsonb @> to_jsonb(id)
  and (owner is null or lease_until < clock_timestamp()
    or (owner <> ${processId} and pg_try_advisory_xact_lock_shared(hashtextextended(owner::text, 7)))))`

/** Runs that nobody works on, oldest first. */
export async function abandonedRuns(db: Db, owner: Owner): Promise<readonly Pick<Run, 'entity_type' | 'mode'>[]> {
  return db.transaction().execute(async (tx) => {
    const { rows } =
      await sql<Run>`select * from tds_sync_runs where status = 'running' and ${isAbandoned(owner)} order by id`.execute(
        tx,
      )
    return rows
  })
}

/** However long a page or the queue takes, the run stays with its process as long as that lives. */
export async function renewLease(db: Db, { id }: Run, { processId }: Owner): Promise<void> {
  await sql`
    update tds_sync_runs set lease_until = ${leaseUntil}
    where id = ${id} and owner = ${processId} and status = 'running'`.execute(db)
}

/** A stop is not a failure: the next process goes on at once. */
export async function releaseRun(db: Db, run: Run): Promise<void> {
  await sql`update tds_sync_runs set owner = null, lease_until = null where id = ${run.id} and status = 'running'`.execute(
    db,
  )
}
