import { sql, type Tx } from '../../db/index.ts'
import {
  documentId,
  type Entity,
  type FieldContext,
  hashDocument,
  type JsonObject,
  type MappedRow,
  type RowSet,
  readFields,
  viewOf,
} from '../entities/index.ts'
import type { History } from './history.ts'
import { noteSets } from './note-sets.ts'
import { missingParents } from './parents.ts'
import { targetOf } from './target.ts'
import type { ReadDocument, WriteResult } from './types.ts'
import { type RowToWrite, type UpsertedRow, upsert } from './upsert.ts'

interface OwnedSet {
  readonly owner: string
  readonly read: ReadDocument
  /** Undefined: the document does not speak of the set, so nothing is touched. */
  readonly rows: readonly RowToWrite[] | undefined
}

interface SetsToWrite {
  readonly documents: readonly ReadDocument[]
  readonly context: FieldContext
  readonly history: History | undefined
}

/**
 * Documents that each hold a whole set of rows. The later-started read of an owner's set wins as a whole; rows that are
 * no longer in it get a tombstone, which also remembers when that was read.
 */
export async function writeSets(
  tx: Tx,
  entity: Entity,
  set: RowSet,
  { documents, context, history }: SetsToWrite,
): Promise<WriteResult[]> {
  const sets = documents.map((read) => toSet(entity, set, read, context))
  const latest = await lockOwners(tx, entity, set, sets)
  const current = sets.filter(({ owner, rows, read }) => rows !== undefined && !isOlder(read.readAt, latest.get(owner)))
  const upserted: UpsertedRow[] = []
  for (const [view, group] of Map.groupBy(current, ({ read }) => read.view)) {
    upserted.push(
      ...(await upsert(
        tx,
        targetOf(entity, view),
        group.flatMap(({ rows }) => rows ?? []),
        history !== undefined && latest.size > 0,
      )),
    )
  }
  const removals = await removeMissing(tx, entity, set, current)
  const removed = new Set(removals)
  if (history) note(history, entity, set, { current, latest, upserted, removals })
  const byOwner = Map.groupBy(upserted, (row) => row.key[set.ownerColumn] ?? '')
  return sets.map(({ owner, read, rows }) => {
    const outcome =
      rows !== undefined && isOlder(read.readAt, latest.get(owner))
        ? 'stale'
        : changed(owner, byOwner, removed)
          ? 'written'
          : 'unchanged'
    return {
      sourceEntityId: owner,
      outcome,
      ...(outcome === 'written' && { change: 'updated' as const }),
      view: read.view,
      readAgain: false,
      missingParents: missingParents(entity.links ?? [], byOwner.get(owner) ?? []),
    }
  })
}

const changed = (
  owner: string,
  written: ReadonlyMap<string, readonly UpsertedRow[]>,
  removed: ReadonlySet<string>,
): boolean => removed.has(owner) || (written.get(owner) ?? []).some((row) => row.changed)

interface Noted {
  readonly current: readonly OwnedSet[]
  readonly latest: ReadonlyMap<string, string>
  readonly upserted: readonly UpsertedRow[]
  readonly removals: readonly string[]
}

function note(history: History, entity: Entity, set: RowSet, { current, latest, upserted, removals }: Noted): void {
  const reads = new Map(current.map(({ owner, read }) => [owner, read]))
  const subject = (owner: string) => ({ table: entity.name, id: owner, read: reads.get(owner) })
  const subjectOf = (owner: string) => (latest.has(owner) ? subject(owner) : undefined)
  const isNew = ({ inserted, key }: UpsertedRow) => inserted && !latest.has(key[set.ownerColumn] ?? '')
  for (const row of upserted.filter(isNew)) history.inserted(subject(row.key[set.ownerColumn] ?? ''), {})
  noteSets(history, { table: entity.name, ownerKey: set.ownerColumn, subjectOf, touched: upserted, removed: removals })
}

function toSet(entity: Entity, set: RowSet, read: ReadDocument, context: FieldContext): OwnedSet {
  const owner = documentId(entity, read.document)
  const view = viewOf(entity, read.view)
  const rows = set.rows(read.document)?.flatMap((part) => {
    const key = set.keyField.read(set.keyField.take(part, context))
    if (typeof key !== 'string') return []
    const row: MappedRow = {
      sourceEntityId: owner,
      ...readFields(view, part, context),
      hash: hashDocument(part, view, context),
      document: part as JsonObject,
    }
    return { row, read, key: { [set.ownerColumn]: owner, [set.keyColumn]: key } }
  })
  return { owner, read, rows }
}

/** The latest read that wrote each owner's rows; the rows are locked in key order. */
async function lockOwners(
  tx: Tx,
  entity: Entity,
  set: RowSet,
  sets: readonly OwnedSet[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ owner: string; read_at: string }>`
    select t.${sql.ref(set.ownerColumn)} as owner, t.zoho_read_at::text as read_at
    from ${sql.table(entity.name)} t
    where t.${sql.ref(set.ownerColumn)} in (select value from jsonb_array_elements_text(${JSON.stringify(sets.map(({ owner }) => owner))}::jsonb))
    order by t.${sql.ref(set.ownerColumn)}, t.${sql.ref(set.keyColumn)}
    for update`.execute(tx)
  const latest = new Map<string, string>()
  for (const { owner, read_at } of rows) {
    const known = latest.get(owner)
    if (known === undefined || read_at > known) latest.set(owner, read_at)
  }
  return latest
}

/** Both are texts the same server made, in one zone, so they sort as times do. */
const isOlder = (readAt: string, latest: string | undefined): boolean => latest !== undefined && readAt < latest

async function removeMissing(
  tx: Tx,
  entity: Entity,
  set: RowSet,
  sets: readonly OwnedSet[],
): Promise<readonly string[]> {
  const input = sets.map(({ owner, read, rows }) => ({
    owner,
    read_at: read.readAt,
    keys: (rows ?? []).map(({ key }) => key[set.keyColumn]),
  }))
  const { rows } = await sql<{ owner: string }>`
    update ${sql.table(entity.name)} t set deleted_at = clock_timestamp(), zoho_read_at = i.read_at, synced_at = now()
    from jsonb_to_recordset(${JSON.stringify(input)}::jsonb) as i(owner text, read_at timestamptz, keys jsonb)
    where t.${sql.ref(set.ownerColumn)} = i.owner and t.deleted_at is null and not i.keys ? t.${sql.ref(set.keyColumn)}
    returning t.${sql.ref(set.ownerColumn)} as owner`.execute(tx)
  return rows.map((row) => row.owner)
}
