import { sql, type Tx } from '../../db/index.ts'
import { type Entity, tableOf } from '../entities/index.ts'
import type { GoneRecord, WriteResult } from './types.ts'

/**
 * Marks rows whose record Zoho no longer has, and their children. A row read later than the proof stays; a record we
 * never held is `unchanged` here and skipped by the caller. What a second source lacks is for the owner to judge.
 */
export async function buryRows(tx: Tx, entity: Entity, gone: readonly GoneRecord[]): Promise<WriteResult[]> {
  if (gone.length === 0) return []
  const buried = entity.joins ? new Set<string>() : await bury(tx, entity, gone)
  return gone.map(({ sourceEntityId }) => ({
    sourceEntityId,
    outcome: buried.has(sourceEntityId) ? 'written' : 'unchanged',
    ...(buried.has(sourceEntityId) && { change: 'deleted' as const }),
    view: '',
    readAgain: false,
    missingParents: [],
  }))
}

async function bury(tx: Tx, entity: Entity, gone: readonly GoneRecord[]): Promise<Set<string>> {
  const key = sql.ref(entity.set?.ownerColumn ?? entity.id.column)
  const { rows } = await sql<{ id: string }>`
    with i as (
      select * from jsonb_to_recordset(${JSON.stringify(gone.map(({ sourceEntityId, readAt }) => ({ sourceEntityId, readAt })))}::jsonb) as i("sourceEntityId" text, "readAt" timestamptz)
    ), held as (
      select t.id from ${sql.table(entity.name)} t join i on t.${key} = i."sourceEntityId" order by t.${key}, t.id for update of t
    )
    update ${sql.table(entity.name)} t set
      deleted_at = clock_timestamp(), zoho_read_at = i."readAt", synced_at = now()
      ${entity.set ? sql`` : sql`, is_active = false`}
    from i, held
    where t.id = held.id and t.${key} = i."sourceEntityId" and t.deleted_at is null and t.zoho_read_at <= i."readAt"
    returning t.${key} as id`.execute(tx)
  const buried = rows.map((row) => row.id)
  for (const { table, owner } of buried.length > 0 ? (entity.children ?? []) : []) {
    await sql`
      update ${sql.table(table)} set deleted_at = clock_timestamp(), synced_at = now()
      where deleted_at is null
        and ${sql.ref(owner.reference)} in (select value from jsonb_array_elements_text(${JSON.stringify(buried)}::jsonb))`.execute(
      tx,
    )
  }
  return new Set(buried)
}

/** Which of these ids have a row, living or tombstone. */
export async function heldIds(tx: Tx, entity: Entity, ids: readonly string[]): Promise<Set<string>> {
  const key = sql.ref(entity.set?.ownerColumn ?? entity.id.column)
  const { rows } = await sql<{ id: string }>`
    select distinct ${key} as id from ${sql.table(tableOf(entity))}
    where ${key} in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`.execute(tx)
  return new Set(rows.map((row) => row.id))
}
