import { type Db, sql } from '../../db/index.ts'
import { detailViewOf, type Entities, type Entity, tableOf } from '../entities/index.ts'
import { TdsError } from '../errors.ts'
import type { MassChangeGuard } from './guard.ts'
import type { Pace, Run, Slice } from './types.ts'

export interface HintDeps {
  readonly db: Db
  readonly entities: Entities
}

/** Rows we hold that a complete list did not show: each is asked for by itself before it is believed gone. */
export async function* missingSlices(
  { db }: HintDeps,
  entity: Entity,
  run: Run,
  guard: MassChangeGuard,
  pace: Pace,
): AsyncGenerator<Slice> {
  const key = sql.ref(entity.id.column)
  const missing = sql`
    from ${sql.table(tableOf(entity))} t
    where t.deleted_at is null and t.zoho_read_at < (select started_at from tds_sync_runs where id = ${run.id})
      and not exists (select from tds_sync_seen s where s.run_id = ${run.id} and s.source_entity_id = t.${key})`
  const { rows: counted } = await sql<{ n: number }>`select count(*) as n ${missing}`.execute(db)
  await guard.checkMissing(counted[0]?.n ?? 0)
  yield* idSlices(entity, pace, run.phase === 'missing' ? (run.position ?? '') : '', async (after) => {
    const { rows } = await sql<{
      id: string
    }>`select t.${key} as id ${missing} and t.${key} > ${after} order by t.${key} limit 100`.execute(db)
    return rows.map((row) => row.id)
  })
}

/**
 * Every living record that another entity's list showed, by the ids of its table: for what has no list of its own. What
 * was read since the list's own last full run began is as fresh as this run could make it, and is not read twice.
 */
export async function* ownerSlices(
  { db, entities }: HintDeps,
  entity: Entity,
  run: Run,
  pace: Pace,
): AsyncGenerator<Slice> {
  const owner = entities.list().find((other) => other.list && other.read === entity.read)
  if (!owner) throw new TdsError('SYNC_NO_SOURCE', 'permanent', `Nothing lists the records of ${entity.name}`)
  const freshSince = run.mode === 'full' && !run.accepts_mass_change ? await lastFullStart(db, owner) : null
  let after = run.position ?? ''
  while (true) {
    const page = await ownersAfter(db, owner, entity, after, freshSince)
    const last = page.at(-1)
    if (!last) return
    after = last.id
    const ids = page.filter(({ fresh }) => !fresh).map(({ id }) => id)
    yield {
      ...hints(entity, ids, pace),
      fetched: page.length,
      skipped: page.length - ids.length,
      details: ids.length,
      position: last.id,
    }
  }
}

/** The start of the owner's full run that has ended within the last hour: the other half of one full sync. */
async function lastFullStart(db: Db, owner: Entity): Promise<string | null> {
  const { rows } = await sql<{ started_at: string }>`
    select started_at::text as started_at from tds_sync_runs
    where entity_type = ${owner.name} and mode = 'full' and status = 'settled' and settled_at > clock_timestamp() - interval '1 hour'
    order by id desc limit 1`.execute(db)
  return rows[0]?.started_at ?? null
}

/** A page of owners. One is fresh when its row was written since then, which had its document read, and no read of it waits. */
async function ownersAfter(
  db: Db,
  owner: Entity,
  entity: Entity,
  after: string,
  since: string | null,
): Promise<readonly { id: string; fresh: boolean }[]> {
  const key = sql.ref(owner.id.column)
  const { rows } = await sql<{ id: string; fresh: boolean }>`
    select o.${key} as id,
      coalesce(o.zoho_read_at >= ${since}::timestamptz, false) and o.hashes ? ${detailViewOf(owner)}
        and not exists (select from tds_sync_queue_live q
          where q.entity_type = ${entity.name} and q.source_entity_id = o.${key} and q.status <> 'processing') as fresh
    from ${sql.table(tableOf(owner))} o
    where o.deleted_at is null and o.${key} > ${after}
    order by o.${key} limit 100`.execute(db)
  return rows
}

/** Slices of hints by ascending id: the last id is the place to go on from. */
export async function* idSlices(
  entity: Entity,
  pace: Pace,
  from: string,
  next: (after: string) => Promise<readonly string[]>,
): AsyncGenerator<Slice> {
  let after = from
  while (true) {
    const ids = await next(after)
    const last = ids.at(-1)
    if (last === undefined) return
    after = last
    yield { ...hints(entity, ids, pace), position: last }
  }
}

export function hints(entity: Entity, ids: readonly string[], pace: Pace): Slice {
  const requests = ids.map((id) => ({ entityType: entity.name, sourceEntityId: id, lane: entity.lane, ...pace }))
  return { fetched: ids.length, unchanged: 0, calls: 0, requests }
}
