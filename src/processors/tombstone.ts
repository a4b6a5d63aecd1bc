import { sql, type Tx } from '../../db/index.ts'
import type { Entity } from '../entities/index.ts'
import type { GoneRecord, WriteResult } from './types.ts'

/**
 * Marks rows whose record Zoho no longer has. A row read later than the proof stays; a record we never held is
 * `unchanged` here and skipped by the caller.
 */
export async function buryRows(tx: Tx, entity: Entity, gone: readonly GoneRecord[]): Promise<WriteResult[]> {
  if (gone.length === 0) return []
  const key = sql.ref(entity.set?.ownerColumn ?? entity.id.column)
  const { rows } = await sql<{ id: string }>`
    with i as (
      select * from jsonb_to_recordset(${JSON.stringify(gone)}::jsonb) as i("sourceEntityId" text, "readAt" timestamptz)
    ), held as (
      select t.id from ${sql.table(entity.name)} t join i on t.${key} = i."sourceEntityId" order by t.${key}, t.id for update of t
    )
    update ${sql.table(entity.name)} t set
      deleted_at = clock_timestamp(), zoho_read_at = i."readAt", synced_at = now()
      ${entity.set ? sql`` : sql`, is_active = false`}
    from i, held
    where t.id = held.id and t.${key} = i."sourceEntityId" and t.deleted_at is null and t.zoho_read_at <= i."readAt"
    returning t.${key} as id`.execute(tx)
  const buried = new Set(rows.map((row) => row.id))
  return gone.map(({ sourceEntityId }) => ({
    sourceEntityId,
    outcome: buried.has(sourceEntityId) ? 'written' : 'unchanged',
    ...(buried.has(sourceEntityId) && { change: 'deleted' as const }),
    view: '',
    readAgain: false,
    missingParents: [],
  }))
}

/** Which of these ids have a row, living or tombstone. */
export async function heldIds(tx: Tx, entity: Entity, ids: readonly string[]): Promise<Set<string>> {
  const key = sql.ref(entity.set?.ownerColumn ?? entity.id.column)
  const { rows } = await sql<{ id: string }>`
    select distinct ${key} as id from ${sql.table(entity.name)}
    where ${key} in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`.execute(tx)
  return new Set(rows.map((row) => row.id))
}
