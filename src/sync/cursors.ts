import { type Db, sql, type Tx } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { type Entities, type Entity, modifiedAtColumnOf, tableOf } from '../entities/index.ts'
import { inputError } from '../errors.ts'
import type { Change } from '../pauses/index.ts'
import { pagesOf } from './bound.ts'

/** How far the lists of an entity were read. */
export interface Cursor {
  readonly entity_type: string
  /** The latest modification time that was seen: incremental runs ask for what is as new or newer. Null: for all. */
  readonly modified_since: Date | null
  readonly last_complete_at: Date | null
  readonly last_full_at: Date | null
  readonly verified_through: Date | null
  readonly updated_at: Date | null
}

export interface CursorReset {
  readonly entityType: string
  /** Null: the next incremental run reads the whole list. */
  readonly modifiedSince: Date | null
  readonly dryRun?: boolean
}

export interface CursorChange {
  readonly before: Cursor
  readonly after: Cursor
  /** What the next incremental run reads because of it; by the modification times the mirror knows. */
  readonly records: number
  readonly calls: number
  readonly dry_run: boolean
}

/** One for each entity with a list, in the order of a full sync. */
export async function listCursors(db: Db, entities: Entities): Promise<readonly Cursor[]> {
  const { rows } = await sql<Cursor>`
    select entity_type, modified_since, last_complete_at, last_full_at, verified_through, updated_at
    from tds_sync_cursors`.execute(db)
  const known = new Map(rows.map((row) => [row.entity_type, row]))
  return entities
    .list()
    .filter(({ list }) => list)
    .map(({ name }) => known.get(name) ?? { ...unread, entity_type: name })
}

const unread = {
  modified_since: null,
  last_complete_at: null,
  last_full_at: null,
  verified_through: null,
  updated_at: null,
}

/**
 * Moves a cursor back, so that the next incremental run reads more; or forward, so that it reads less, which only a
 * full run makes good.
 * @throws TdsError `ENTITY_UNKNOWN`, `CURSOR_NONE`, `CURSOR_FUTURE`, `SYNC_ALREADY_RUNNING`
 */
export async function resetCursor(
  { db, entities, now }: { readonly db: Db; readonly entities: Entities; readonly now: Date },
  { entityType, modifiedSince, dryRun = false }: CursorReset,
  change: Change,
): Promise<CursorChange> {
  const entity = entities.get(entityType)
  if (!entity.list) throw inputError('CURSOR_NONE', `${entityType} has no list, so nothing of it is read by change`)
  if (modifiedSince && modifiedSince > now) {
    throw inputError(
      'CURSOR_FUTURE',
      `${modifiedSince.toISOString()} has not come yet; edits until then would be missed`,
      400,
      {
        errors: [{ pointer: '/body/modified_since', detail: 'is in the future' }],
      },
    )
  }
  const cost = await costOf(db, entity, modifiedSince)
  return db.transaction().execute(async (tx) => {
    const before = await lockCursor(tx, entityType)
    const after = { ...before, modified_since: modifiedSince }
    if (!dryRun) await write(tx, before, modifiedSince, change)
    return { before, after, ...cost, dry_run: dryRun }
  })
}

async function costOf(db: Db, entity: Entity, since: Date | null): Promise<{ records: number; calls: number }> {
  const at = sql`t.${sql.ref(modifiedAtColumnOf(entity))}`
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from ${sql.table(tableOf(entity))} t
    where deleted_at is null ${since ? sql`and (${at} is null or ${at} >= ${since})` : sql``}`.execute(db)
  const records = rows[0]?.n ?? 0
  return { records, calls: entity.list?.paged ? pagesOf(records) : 1 }
}

async function lockCursor(tx: Tx, entityType: string): Promise<Cursor> {
  const { rows: open } = await sql<{ id: number; mode: string }>`
    select id, mode from tds_sync_runs
    where entity_type = ${entityType} and mode <> 'backfill' and status in ('queued', 'running') limit 1`.execute(tx)
  if (open[0]) {
    const words = `Run ${open[0].id} (${open[0].mode}) of ${entityType} would move the cursor again; wait for it, or cancel it`
    throw inputError('SYNC_ALREADY_RUNNING', words, 409, { runId: open[0].id })
  }
  const { rows } = await sql<Cursor>`
    select entity_type, modified_since, last_complete_at, last_full_at, verified_through, updated_at
    from tds_sync_cursors where entity_type = ${entityType} for update`.execute(tx)
  return rows[0] ?? { ...unread, entity_type: entityType }
}

async function write(
  tx: Tx,
  { entity_type, modified_since }: Cursor,
  since: Date | null,
  change: Change,
): Promise<void> {
  const { actor, reason, requestId } = change
  await sql`
    insert into tds_sync_cursors (entity_type, modified_since) values (${entity_type}, ${since})
    on conflict (entity_type) do update set modified_since = excluded.modified_since, updated_at = clock_timestamp()`.execute(
    tx,
  )
  const states = { before: { modified_since }, after: { modified_since: since } }
  const entry = { action: 'cursor.reset', subject: `cursor ${entity_type}`, affected: 1, ...states }
  await record(tx, { ...entry, actor, reason, requestId })
}
