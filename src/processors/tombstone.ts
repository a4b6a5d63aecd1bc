import { sql, type Tx } from '../../db/index.ts'
import { type Entity, tableOf } from '../entities/index.ts'
import type { History } from './history.ts'
import type { GoneRecord, WriteResult } from './types.ts'

/**
 * Marks rows whose record Zoho no longer has, and their children. A row read later than the proof stays; a record we
 * never held is `unchanged` here and skipped by the caller. What a second source lacks is for the owner to judge.
 */
export async function buryRows(
  tx: Tx,
  entity: Entity,
  gone: readonly GoneRecord[],
  history?: History,
): Promise<WriteResult[]> {
  if (gone.length === 0) return []
  const buried = entity.joins ? new Set<string>() : await bury(tx, entity, gone, history)
  return gone.map(({ sourceEntityId }) => ({
    sourceEntityId,
    outcome: buried.has(sourceEntityId) ? 'written' : 'unchanged',
    ...(buried.has(sourceEntityId) && { change: 'deleted' as const }),
    view: '',
    readAgain: false,
    missingParents: [],
  }))
}

async function bury(
  tx: Tx,
  entity: Entity,
  gone: readonly GoneRecord[],
  history: History | undefined,
): Promise<Set<string>> {
  const key = sql.ref(entity.set?.ownerColumn ?? entity.id.column)
  const { rows } = await sql<Buried>`
    with i as (
      select * from jsonb_to_recordset(${JSON.stringify(gone.map(({ sourceEntityId, readAt }) => ({ sourceEntityId, readAt })))}::jsonb) as i("sourceEntityId" text, "readAt" timestamptz)
    ), held as (
      select t.id${entity.set ? sql`` : sql`, t.is_active`} from ${sql.table(entity.name)} t join i on t.${key} = i."sourceEntityId" order by t.${key}, t.id for update of t
    )
    update ${sql.table(entity.name)} t set
      deleted_at = clock_timestamp(), zoho_read_at = i."readAt", synced_at = now()
      ${entity.set ? sql`` : sql`, is_active = false`}
    from i, held
    where t.id = held.id and t.${key} = i."sourceEntityId" and t.deleted_at is null and t.zoho_read_at <= i."readAt"
    returning t.${key} as id, t.id as "localId", t.deleted_at as "deletedAt"
      ${entity.set ? sql`` : sql`, held.is_active as "wasActive"`}`.execute(tx)
  const buried = rows.map((row) => row.id)
  if (history) note(history, entity, gone, rows)
  for (const { table, owner } of buried.length > 0 ? (entity.children ?? []) : []) {
    const { rows: ends } = await sql<{ owner: string }>`
      update ${sql.table(table)} set deleted_at = clock_timestamp(), synced_at = now()
      where deleted_at is null
        and ${sql.ref(owner.reference)} in (select value from jsonb_array_elements_text(${JSON.stringify(buried)}::jsonb))
      returning ${sql.ref(owner.reference)} as owner`.execute(tx)
    for (const end of ends) history?.set({ table: entity.name, id: end.owner }, { table, removed: 1 })
  }
  return new Set(buried)
}

interface Buried {
  readonly id: string
  readonly localId: number
  readonly deletedAt: Date
  /** Not for rows of a set, which have no such column. */
  readonly wasActive?: boolean
}

function note(history: History, entity: Entity, gone: readonly GoneRecord[], buried: readonly Buried[]): void {
  const reads = new Map(gone.map((record) => [record.sourceEntityId, record]))
  for (const { id, localId, deletedAt, wasActive } of buried) {
    const subject = { table: entity.name, id, read: reads.get(id) }
    const flag = (isActive: boolean) =>
      wasActive === undefined || wasActive === isActive ? {} : { is_active: isActive }
    const before = { deleted_at: null, ...(wasActive && { is_active: true }) }
    history.deleted(subject, { localId, before, after: { deleted_at: deletedAt, ...flag(false) } })
    if (entity.set) history.set(subject, { table: entity.name, removed: 1 })
  }
}

/** Which of these ids have a row, living or tombstone. */
export async function heldIds(tx: Tx, entity: Entity, ids: readonly string[]): Promise<Set<string>> {
  const key = sql.ref(entity.set?.ownerColumn ?? entity.id.column)
  const { rows } = await sql<{ id: string }>`
    select distinct ${key} as id from ${sql.table(tableOf(entity))}
    where ${key} in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`.execute(tx)
  return new Set(rows.map((row) => row.id))
}
