import { sql, type Tx } from '../../db/index.ts'
import {
  type ChildSet,
  type Entity,
  type FieldContext,
  hashDocument,
  type JsonObject,
  readFields,
  tableOf,
  type View,
} from '../entities/index.ts'
import { storableJson } from '../runtime/index.ts'
import { type ComparedRow, comparison, movedIn, oldRows } from './compare-rows.ts'
import type { History } from './history.ts'
import { noteSets, type TouchedRow } from './note-sets.ts'
import { missingParents } from './parents.ts'
import { childTargetOf, type Target } from './target.ts'
import type { ReadDocument, WriteResult } from './types.ts'
import { type RowToWrite, type UpsertedRow, upsert } from './upsert.ts'

export interface ChildrenWritten {
  /** Owners some of whose children changed, came or went. */
  readonly changed: ReadonlySet<string>
  /** Parents that children name and that have no row, by owner. */
  readonly missing: ReadonlyMap<string, WriteResult['missingParents']>
}

interface ChildrenContext {
  readonly context: FieldContext
  readonly history: History | undefined
  /** The records as they were just written. */
  readonly owners: ReadonlyMap<string, UpsertedRow>
}

/**
 * The children of records that were just written, table by table: those in the document are written, those that left it
 * are removed. The owner's row is locked and its order decided, so nothing here asks again which document is newer.
 */
export async function writeChildren(
  tx: Tx,
  entity: Entity,
  documents: readonly ReadDocument[],
  { context, history, owners }: ChildrenContext,
): Promise<ChildrenWritten> {
  const changed = new Set<string>()
  const missing = new Map<string, WriteResult['missingParents']>()
  // What the first document of a view brings is no change of the set.
  const subjectOf = (owner: string) =>
    owners.get(owner)?.moved?.seen === true ? { table: tableOf(entity), id: owner, read: reads.get(owner) } : undefined
  const reads = new Map(documents.map((read) => [read.sourceEntityId, read]))
  const compare = history !== undefined && documents.some(({ sourceEntityId }) => subjectOf(sourceEntityId))
  for (const [view, read] of Map.groupBy(documents, (document) => document.view)) {
    for (const child of entity.children ?? []) {
      const target = childTargetOf(entity, child, view)
      const ownerKey = child.owner.reference
      const sets = read.flatMap((document) => toSet(child, target, document, context))
      if (sets.length === 0) continue
      if (child.mode === 'fill') {
        const filled = await fill(tx, target, sets)
        for (const { key } of filled) changed.add(key[ownerKey] ?? '')
        if (compare) noteSets(history, { table: child.table, ownerKey, subjectOf, touched: filled, removed: [] })
        continue
      }
      const upserted = await upsert(
        tx,
        target,
        sets.flatMap(({ rows }) => rows),
        compare,
      )
      for (const row of upserted) {
        const owner = row.key[ownerKey] ?? ''
        if (row.changed) changed.add(owner)
        missing.set(owner, [...(missing.get(owner) ?? []), ...missingParents(target.links, [row])])
      }
      const removed = await removeOthers(tx, target, child, sets)
      for (const owner of removed) changed.add(owner)
      if (compare) noteSets(history, { table: child.table, ownerKey, subjectOf, touched: upserted, removed })
    }
  }
  return { changed, missing }
}

interface OwnedChildren {
  readonly owner: string
  readonly rows: readonly RowToWrite[]
}

/** Nothing where the document does not speak of them; the last of two children with one key. */
function toSet(child: ChildSet, { view }: Target, read: ReadDocument, context: FieldContext): OwnedChildren[] {
  const parts = child.rows(read.document, context)
  if (!parts) return []
  const rows = new Map<string, RowToWrite>()
  for (const part of parts) {
    const key = keyOf(child, part, context)
    if (key) rows.set(JSON.stringify(key), toRow(child, view, read, { part, key, context }))
  }
  return [{ owner: read.sourceEntityId, rows: [...rows.values()] }]
}

/** A part that lacks what tells it apart is no child that could be kept. */
function keyOf({ key }: ChildSet, part: JsonObject, context: FieldContext): Record<string, string> | undefined {
  const { columns } = readFields({ columns: key, keepsDocument: false }, part, context)
  const entries = Object.keys(key).map((column) => [column, columns[column] ?? null] as const)
  if (entries.some(([, value]) => value === null)) return undefined
  return Object.fromEntries(entries.map(([column, value]) => [column, String(value)]))
}

function toRow(
  child: ChildSet,
  view: View,
  read: ReadDocument,
  { part, key, context }: { part: JsonObject; key: Record<string, string>; context: FieldContext },
): RowToWrite {
  return {
    row: { ...readFields(view, part, context), hash: hashDocument(part, view, context), document: part },
    read,
    key: { [child.owner.reference]: read.sourceEntityId, ...key },
  }
}

/** A set is replaced: what is no longer in it is not a record of its own that could be remembered as deleted. */
async function removeOthers(
  tx: Tx,
  target: Target,
  child: ChildSet,
  sets: readonly OwnedChildren[],
): Promise<readonly string[]> {
  const owner = sql.ref(child.owner.reference)
  const { rows } = await sql<{ owner: string }>`
    delete from ${sql.table(child.table)} t
    where t.${owner} in (select value from jsonb_array_elements_text(${JSON.stringify(sets.map((set) => set.owner))}::jsonb))
      and not exists (select from ${keysIn(target, sets)} where ${sameKey(target)})
    returning t.${owner} as owner`.execute(tx)
  return rows.map((row) => row.owner)
}

/** Only columns of ours, only in lines that are there. */
async function fill(tx: Tx, target: Target, sets: readonly OwnedChildren[]): Promise<readonly TouchedRow[]> {
  const touched: TouchedRow[] = []
  const all = sets.flatMap(({ rows }) => rows)
  for (const group of Map.groupBy(all, ({ row }) => Object.keys(row.columns).toSorted().join(',')).values()) {
    const columns = Object.keys(group[0]?.row.columns ?? {})
    if (columns.length === 0) continue
    const keys = Object.keys(target.keys)
    const returned = [...new Set(['id', ...keys, ...columns])].map((name) => sql`${sql.ref(`t.${name}`)}`)
    const list = (of: string) => sql.join(columns.map((name) => sql`${sql.ref(`${of}.${name}`)}`))
    const { rows } = await sql<ComparedRow & Record<string, unknown>>`
      with o as materialized (${oldRows(target, columns, group)}), w as (
      update ${sql.table(target.table)} t set ${sql.join(columns.map((name) => sql`${sql.ref(name)} = ${sql.ref(`i.${name}`)}`))},
        synced_at = now()
      from ${keysIn(target, [{ owner: '', rows: group }], columns)}
      where ${sameKey(target)} and (${list('t')}) is distinct from (${list('i')})
      returning ${sql.join(returned)})
      select w.*, ${comparison(target, columns)} from w left join o on o.id = w.id`.execute(tx)
    touched.push(...rows.map((row) => ({ key: pick(row, keys), inserted: false, moved: movedIn(row, columns) })))
  }
  return touched
}

const pick = (row: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, String(row[name])]))

function keysIn(target: Target, sets: readonly OwnedChildren[], columns: readonly string[] = []) {
  const types = [
    ...Object.entries(target.keys),
    ...columns.map((name) => [name, target.view.columns[name]?.type ?? 'text'] as const),
  ].map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`)
  const input = sets.flatMap(({ rows }) =>
    rows.map(({ row, key }) => ({ ...Object.fromEntries(columns.map((name) => [name, row.columns[name]])), ...key })),
  )
  return sql`jsonb_to_recordset(${storableJson(input)}::jsonb) as i(${sql.join(types)})`
}

const sameKey = ({ keys }: Target) =>
  sql.join(
    Object.keys(keys).map((name) => sql`${sql.ref(`t.${name}`)} = ${sql.ref(`i.${name}`)}`),
    sql` and `,
  )
