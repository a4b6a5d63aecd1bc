import { type Db, sql } from '../../db/index.ts'
import type { Entity, SyncMode } from '../../src/entities/index.ts'
import type { Incarnation } from './incarnation.ts'

/**
 * What a day's timetable does: runs that a dead process left, one incremental of every entity, everything in full with
 * its history, what moves silently, and all that follows from it.
 */
export async function reconcile(life: Incarnation, db: Db): Promise<void> {
  const { sync } = life.ctx
  await sync.resumeAbandoned(life.signal)
  await drained(life, db)
  const incrementals = sync.entitiesFor('incremental', [])
  await together(life, 'incremental', incrementals)
  await drained(life, db)
  // What hangs on the rows of others comes after them.
  const fulls = sync.entitiesFor('full', [])
  const isOwn = ({ list, joins }: Entity) => list !== undefined && joins === undefined
  await together(life, 'full', fulls.filter(isOwn))
  await together(
    life,
    'full',
    fulls.filter((entity) => !isOwn(entity)),
  )
  await together(life, 'sweep', sync.entitiesFor('sweep', []))
  await drained(life, db)
}

async function together(life: Incarnation, mode: SyncMode, entities: readonly Entity[]): Promise<void> {
  const since = new Date(0)
  const runs = await Promise.all(
    entities.map(({ name }) =>
      life.ctx.sync.run(
        { entityType: name, mode, trigger: 'torture', since },
        { signal: life.signal, settleWithinMs: 0 },
      ),
    ),
  )
  const unread = runs.filter(({ status }) => status !== 'read' && status !== 'settled')
  if (unread.length > 0)
    throw new Error(
      `Not read to the end: ${unread.map((run) => `${run.mode} of ${run.entity_type} is ${run.status}: ${run.error_code} ${run.error_message}`).join('; ')}`,
    )
}

/** Longer than anything that must really pass, such as the two seconds after which a fresh record is read again. */
const restMs = 3_000

/**
 * Resolves when no event, item or run is left. What only rests for longer, for good manners or after an error, is done
 * now: it could not tell the difference.
 */
export async function drained(life: Incarnation, db: Db, withinMs = 25_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (Date.now() < deadline) {
    if (life.isDead) return
    const { rows } = await sql<{ left: number; woken: number }>`
      with woken as (
        update tds_sync_queue_live set run_at = clock_timestamp(), next_retry_at = case when status = 'failed' then clock_timestamp() end
        where status in ('pending', 'failed') and run_at > clock_timestamp() + ${restMs} * interval '1 millisecond'
        returning 1
      )
      select (select count(*) from woken) as woken,
        (select count(*) from tds_sync_queue_live) + (select count(*) from tds_inbox_events where status = 'received')
          + (select count(*) from tds_sync_runs where status = 'read') as left`.execute(db)
    if (rows[0]?.left === 0) return
    if ((rows[0]?.woken ?? 0) > 0) life.ctx.workers.nudge()
    await sql`select pg_sleep(0.02)`.execute(db)
  }
  throw new Error(`Not drained within ${withinMs} ms: ${JSON.stringify(await leftovers(db))}`)
}

async function leftovers(db: Db): Promise<unknown> {
  const { rows } = await sql`
    select jsonb_build_object(
      'queue', (select jsonb_agg(to_jsonb(q) - 'error_message') from (select entity_type, source_entity_id, lane, status, attempts, run_at, wait_reason, error_code, error_message, lease_owner, requested_version, claimed_version from tds_sync_queue_live limit 5) q),
      'events', (select count(*) from tds_inbox_events where status = 'received'),
      'runs', (select jsonb_agg(to_jsonb(r)) from (select id, entity_type, mode, status, fetched, written, unchanged, stale, skipped, failed from tds_sync_runs where status in ('running', 'read')) r)) as left`.execute(
    db,
  )
  return rows[0]
}
