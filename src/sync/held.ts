import { type Db, sql } from '../../db/index.ts'
import { inputError, TdsError } from '../errors.ts'
import { type Pause, wordsOf } from '../pauses/index.ts'
import type { Mode, Run } from './types.ts'

/** Pauses `p` that hold a run of this entity and mode, or this very run. */
export const holds = (of: { readonly entityType: unknown; readonly mode: unknown; readonly id: unknown }) => sql`(
  p.kind = 'zoho' or (p.kind = 'run' and p.run_id = ${of.id}::bigint)
  or (p.kind = 'runs' and coalesce(p.mode, ${of.mode}::text) = ${of.mode}::text
    and coalesce(p.entity_type, ${of.entityType}::text) = ${of.entityType}::text))`

/** The same for rows of `tds_sync_runs` under this alias. */
export const isHeld = (alias: string) =>
  sql`exists (select from tds_pauses p where ${holds({
    entityType: sql.ref(`${alias}.entity_type`),
    mode: sql.ref(`${alias}.mode`),
    id: sql.ref(`${alias}.id`),
  })})`

export async function pauseOf(
  db: Db,
  { entityType, mode, id = null }: { entityType: string; mode: Mode | string; id?: number | null },
): Promise<Pause | undefined> {
  const { rows } = await sql<Pause>`
    select p.* from tds_pauses p where ${holds({ entityType, mode, id })} order by p.paused_at limit 1`.execute(db)
  return rows[0]
}

export const heldWords = (pause: Pause): string =>
  `${wordsOf(pause)} ${pause.kind === 'runs' ? 'are' : 'is'} paused by ${pause.paused_by} since ${pause.paused_at.toISOString()}: ${pause.reason}`

/**
 * Neither a new run begins while its kind is paused, nor another call of one that is paused by itself.
 * @throws TdsError `SYNC_PAUSED`
 */
export async function refuseHeld(db: Db, { entityType, mode }: { entityType: string; mode: Mode }): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    select id from tds_sync_runs
    where entity_type = ${entityType} and mode = ${mode} and status in ('queued', 'running')`.execute(db)
  const pause = await pauseOf(db, { entityType, mode, id: rows[0]?.id ?? null })
  if (pause) throw inputError('SYNC_PAUSED', `Nothing starts: ${heldWords(pause)}`, 409)
}

/**
 * Asked between two steps of a run.
 * @throws TdsError `RUN_CANCELLED`, `RUN_PAUSED`
 */
export async function mustGoOn(db: Db, { id, entity_type, mode }: Run): Promise<void> {
  await mustRun(db, id)
  const pause = await pauseOf(db, { entityType: entity_type, mode, id })
  if (pause) throw new TdsError('RUN_PAUSED', 'transient', heldWords(pause))
}

/** @throws TdsError `RUN_CANCELLED` */
export async function mustRun(db: Db, id: number): Promise<void> {
  const { rows } = await sql`select from tds_sync_runs where id = ${id} and status <> 'cancelled'`.execute(db)
  if (rows.length === 0) throw new TdsError('RUN_CANCELLED', 'transient', `Run ${id} was cancelled`)
}
