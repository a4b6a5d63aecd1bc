import { sql, type Tx } from '../../db/index.ts'
import type { MappedRow } from '../entities/index.ts'
import { storableJson } from '../runtime/index.ts'
import { type ComparedRow, comparison, type Moved, movedIn, oldRows } from './compare-rows.ts'
import type { Target } from './target.ts'
import type { ReadDocument } from './types.ts'

export interface RowToWrite {
  readonly row: Pick<MappedRow, 'columns' | 'fieldErrors' | 'hash' | 'document'>
  readonly read: ReadDocument
  /** Values of the table's key columns. */
  readonly key: Readonly<Record<string, string>>
}

export interface UpsertedRow {
  readonly key: Readonly<Record<string, string>>
  readonly inserted: boolean
  /** Whether anything a reader of the table sees changed. */
  readonly changed: boolean
  /** Values of the link references whose parent has no row. */
  readonly unlinked: Readonly<Record<string, string>>
  /** What became of the columns, where that was asked for and the row was there before. */
  readonly moved?: Moved
}

type Sql = ReturnType<typeof sql>

/**
 * Writes many rows of one table in one statement for each set of columns the documents speak of. A row that is newer
 * than its document stays; a row that equals it is left alone; `synced_at` moves only with a visible change.
 * @param compare whether to say what changed in rows that were there before
 */
export async function upsert(
  tx: Tx,
  target: Target,
  rows: readonly RowToWrite[],
  compare = false,
): Promise<UpsertedRow[]> {
  const bySignature = Map.groupBy(rows, ({ row }) => Object.keys(row.columns).toSorted().join(','))
  const results: UpsertedRow[] = []
  for (const group of bySignature.values()) results.push(...(await upsertGroup(tx, target, group, compare)))
  return results
}

async function upsertGroup(
  tx: Tx,
  target: Target,
  group: readonly RowToWrite[],
  compare: boolean,
): Promise<UpsertedRow[]> {
  const keys = Object.keys(target.keys)
  const columns = Object.keys(group[0]?.row.columns ?? {})
  const links = target.links.filter((link) => columns.includes(link.reference) || keys.includes(link.reference))
  const parts = { keys, columns, links, group }
  const { rows } = await (compare ? comparing(target, parts) : statement(target, parts, keys)).execute(tx)
  return rows.map((row) => ({
    ...withMoved(movedIn(row, columns)),
    key: Object.fromEntries(keys.map((name) => [name, String(row[name])])),
    inserted: row.inserted,
    changed: row.inserted || row.changed,
    unlinked: Object.fromEntries(
      links.flatMap((link) => {
        const id = row[`missing_${link.column}`]
        return id ? [[link.column, id]] : []
      }),
    ),
  }))
}

const withMoved = (moved: Moved | undefined) => (moved ? { moved } : {})

type WrittenRow = Record<string, string | null> &
  ComparedRow & { readonly inserted: boolean; readonly changed: boolean }

interface Parts {
  readonly keys: readonly string[]
  readonly columns: readonly string[]
  readonly links: Target['links']
  readonly group: readonly RowToWrite[]
}

/** The same write, and beside what it answers what changed. */
function comparing(target: Target, parts: Parts) {
  const { keys, columns, links, group } = parts
  const known = [...keys, 'inserted', 'changed', ...links.map((link) => `missing_${link.column}`)]
  return sql<WrittenRow>`
    with o as materialized (${oldRows(target, columns, group)}),
      w as (${statement(target, parts, [...new Set(['id', ...keys, ...columns])])})
    select ${names(known, 'w')}, ${comparison(target, columns)}
    from w left join o on o.id = w.id`
}

function statement(target: Target, { keys, columns, links, group }: Parts, returned: readonly string[]) {
  const written = [...columns, ...links.map((link) => link.column)]
  const { values, updates } = bookkeeping(target, columns)
  const parents = links.map(
    (link) =>
      sql`(select p.id from ${sql.table(link.parent)} p where p.${sql.ref(link.parentKey)} = r.${sql.ref(link.reference)})`,
  )
  const missing = links.map(
    (link) =>
      sql`case when t.${sql.ref(link.column)} is null then t.${sql.ref(link.reference)} end as ${sql.ref(`missing_${link.column}`)}`,
  )
  return sql<WrittenRow>`
    insert into ${sql.table(target.table)} as t (${names([...keys, ...written, ...Object.keys(values)])})
    select ${comma([...[...keys, ...columns].map((name) => sql`r.${sql.ref(name)}`), ...parents, ...Object.values(values)])}
    from ${recordset(target, columns, group)}
    order by ${names(keys, 'r')}
    on conflict (${names(keys)}) do update set
      ${comma([...written.map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`), ...updates])}
    where ${isNewer(target, columns)} and (${isChanged(target, columns)} or not ${sameHash(target)} ${answersDue(target)})
    returning ${comma([names(returned, 't'), sql`xmax = 0 as inserted`, sql`synced_at = now() as changed`, ...missing])}`
}

/** The columns that say where a row comes from: their values on insert, their assignments on update. */
function bookkeeping(target: Target, columns: readonly string[]): { values: Record<string, Sql>; updates: Sql[] } {
  const { viewName, readAtColumn, documentColumn, isJoined, due } = target
  const changed = isChanged(target, columns)
  const readAt = sql.ref(readAtColumn)
  const document = sql.ref(documentColumn)
  const values: Record<string, Sql> = {
    [documentColumn]: sql`r.zoho_data`,
    hashes: sql`jsonb_build_object(${viewName}::text, r.hash)`,
    field_errors: sql`r.field_errors`,
    [readAtColumn]: sql`r.zoho_read_at`,
    synced_at: sql`now()`,
  }
  const updates = [
    sql`${document} = ${keepDocument(target)}`,
    sql`hashes = ${forgetHashes(target, columns)} || excluded.hashes`,
    sql`field_errors = ${mergeErrors(target)}`,
    sql`${readAt} = case when ${changed} then excluded.${readAt} else t.${readAt} end`,
    sql`synced_at = case when ${changed} then excluded.synced_at else t.synced_at end`,
  ]
  // A row that a second source makes was not read by its owner yet: every read of the owner's is later than none.
  if (isJoined) values.zoho_read_at = sql`'epoch'::timestamptz`
  else updates.push(sql`deleted_at = null`)
  if (due?.role === 'answers') values[due.column] = sql`false`
  if (due) updates.push(sql`${sql.ref(due.column)} = ${due.role === 'answers' ? sql`false` : askDue(target, columns)}`)
  return { values, updates }
}

function recordset(target: Target, columns: readonly string[], group: readonly RowToWrite[]): Sql {
  const types = comma([
    ...Object.entries(target.keys).map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`),
    ...columns.map((name) => sql`${sql.ref(name)} ${sql.raw(target.view.columns[name]?.type ?? 'text')}`),
    sql`zoho_data jsonb, hash text, field_errors jsonb, zoho_read_at timestamptz`,
  ])
  return sql`jsonb_to_recordset(${storableJson(group.map(toInput))}::jsonb) as r(${types})`
}

const toInput = ({ row, read, key }: RowToWrite) => ({
  ...row.columns,
  ...key,
  zoho_data: row.document,
  hash: row.hash,
  field_errors: row.fieldErrors,
  zoho_read_at: read.readAt,
})

const sameHash = ({ viewName }: Target): Sql =>
  sql`t.hashes ->> ${viewName}::text is not distinct from excluded.hashes ->> ${viewName}::text`

function isDistinct(columns: readonly string[]): Sql {
  if (columns.length === 0) return sql`false`
  return sql`(${names(columns, 't')}) is distinct from (${names(columns, 'excluded')})`
}

/** Whether a reader of the table sees another row: values, its return from the dead, or the document it keeps. */
function isChanged(target: Target, columns: readonly string[]): Sql {
  const dead = target.isJoined ? sql`` : sql`or t.deleted_at is not null`
  const document = target.view.keepsDocument ? sql`or not ${sameHash(target)}` : sql``
  return sql`(${isDistinct(columns)} ${dead} ${document})`
}

/** A view that keeps its document replaces what is there; one that does not only fills a row that never had a kept one. */
function keepDocument({ view, keepers, documentColumn }: Target): Sql {
  const column = sql.ref(documentColumn)
  if (view.keepsDocument || keepers.length === 0) return sql`excluded.${column}`
  return sql`case when t.hashes ?| array[${sql.join(keepers)}]::text[] then t.${column} else excluded.${column} end`
}

/**
 * Typed columns changed under the neighbours' feet: their hashes no longer say what the row holds, so that the next
 * document of theirs is compared column by column. The keys stay, they say which views the row has seen.
 */
function forgetHashes({ neighbours }: Target, columns: readonly string[]): Sql {
  const forgotten = neighbours.map(({ view, shared }) => {
    const moved = isDistinct(shared.filter((name) => columns.includes(name)))
    return sql`|| case when t.hashes ? ${view}::text and ${moved} then jsonb_build_object(${view}::text, null) else '{}' end`
  })
  return sql`t.hashes ${sql.join(forgotten, sql` `)}`
}

/** Errors of the fields of this view are replaced; those of the others stay. */
function mergeErrors({ view }: Target): Sql {
  return sql`case when t.field_errors is null then excluded.field_errors
    else nullif((t.field_errors - array[${sql.join(Object.keys(view.columns))}]::text[]) || coalesce(excluded.field_errors, '{}'), '{}') end`
}

/** The list row moved: by its modification time, or by anything where it has none. */
function askDue({ due, isJoined }: Target, columns: readonly string[]): Sql {
  const moved = columns.includes('zoho_last_modified_at') ? ['zoho_last_modified_at'] : columns
  return sql`t.${sql.ref(due?.column ?? '')} or ${isDistinct(moved)} ${isJoined ? sql`` : sql`or t.deleted_at is not null`}`
}

/** A document that was asked for settles that, even if it brings nothing new. */
const answersDue = ({ due }: Target): Sql => (due?.role === 'answers' ? sql`or t.${sql.ref(due.column)}` : sql``)

/** Repeats the order of `decideWrite` for rows that appeared after it looked. */
function isNewer({ order, isJoined, readAtColumn }: Target, columns: readonly string[]): Sql {
  if (order === 'decided') return sql`true`
  const readAt = sql.ref(readAtColumn)
  if (isJoined) return sql`excluded.${readAt} >= coalesce(t.${readAt}, '-infinity')`
  if (!columns.includes('zoho_last_modified_at')) return sql`excluded.zoho_read_at >= t.zoho_read_at`
  return sql`(t.deleted_at is not null and excluded.zoho_read_at >= t.zoho_read_at
    or t.deleted_at is null and (
      coalesce(excluded.zoho_last_modified_at > t.zoho_last_modified_at, false)
      or coalesce(excluded.zoho_last_modified_at >= t.zoho_last_modified_at, true) and excluded.zoho_read_at >= t.zoho_read_at))`
}

const comma = (parts: readonly Sql[]): Sql => sql.join(parts, sql`, `)

const names = (columns: readonly string[], of?: string): Sql =>
  comma(columns.map((name) => (of === undefined ? sql`${sql.ref(name)}` : sql`${sql.ref(`${of}.${name}`)}`)))
