import { sql, type Tx } from '../../db/index.ts'
import { type Entity, type MappedRow, viewOf } from '../entities/index.ts'
import { storableJson } from '../runtime/index.ts'
import type { ReadDocument } from './types.ts'

export interface RowToWrite {
  readonly row: MappedRow
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
}

/**
 * Writes many rows of one table in one statement for each set of columns the documents speak of. A row that is newer
 * than its document stays; a row that equals it is left alone; `synced_at` moves only with a visible change.
 */
export async function upsert(tx: Tx, entity: Entity, rows: readonly RowToWrite[]): Promise<UpsertedRow[]> {
  const bySignature = Map.groupBy(
    rows,
    ({ row, read }) => `${read.view}|${Object.keys(row.columns).toSorted().join(',')}`,
  )
  const results: UpsertedRow[] = []
  for (const group of bySignature.values()) results.push(...(await upsertGroup(tx, entity, group)))
  return results
}

async function upsertGroup(tx: Tx, entity: Entity, group: readonly RowToWrite[]): Promise<UpsertedRow[]> {
  const [first] = group
  if (!first) return []
  const view = viewOf(entity, first.read.view)
  const keys = Object.keys(first.key)
  const columns = Object.keys(first.row.columns)
  const types = new Map(Object.entries(view.columns).map(([column, field]) => [column, field.type]))
  const links = (entity.links ?? []).filter((link) => columns.includes(link.reference) || keys.includes(link.reference))
  const written = [...columns, ...links.map((link) => link.column)]
  const table = sql.table(entity.name)
  const list = (names: readonly string[], render: (name: string) => ReturnType<typeof sql>) =>
    sql.join(names.map(render), sql`, `)
  const distinct =
    columns.length > 0
      ? sql`(${list(columns, (name) => sql`t.${sql.ref(name)}`)}) is distinct from (${list(columns, (name) => sql`excluded.${sql.ref(name)}`)})`
      : sql`false`
  const sameHash = sql`t.hashes ->> ${first.read.view}::text is not distinct from excluded.hashes ->> ${first.read.view}::text`
  const changed = view.keepsDocument
    ? sql`(${distinct} or t.deleted_at is not null or not ${sameHash})`
    : sql`(${distinct} or t.deleted_at is not null)`
  const { rows } = await sql<Record<string, string | null> & { inserted: boolean; changed: boolean }>`
    insert into ${table} as t (${list([...keys, ...written, ...bookkeeping], (name) => sql.ref(name))})
    select ${list([...keys, ...columns], (name) => sql`r.${sql.ref(name)}`)},
      ${
        links.length > 0
          ? sql`${sql.join(
              links.map(
                (link) =>
                  sql`(select p.id from ${sql.table(link.parent)} p where p.${sql.ref(link.parentKey)} = r.${sql.ref(link.reference)})`,
              ),
              sql`, `,
            )},`
          : sql``
      }
      r.zoho_data, jsonb_build_object(${first.read.view}::text, r.hash), r.field_errors, r.zoho_read_at, now(), null
    from jsonb_to_recordset(${storableJson(group.map(toInput))}::jsonb) as r(
      ${list(keys, (name) => sql`${sql.ref(name)} text`)},
      ${columns.length > 0 ? sql`${list(columns, (name) => sql`${sql.ref(name)} ${sql.raw(types.get(name) ?? 'text')}`)},` : sql``}
      zoho_data jsonb, hash text, field_errors jsonb, zoho_read_at timestamptz)
    order by ${list(keys, (name) => sql`r.${sql.ref(name)}`)}
    on conflict (${list(keys, (name) => sql.ref(name))}) do update set
      ${written.length > 0 ? sql`${list(written, (name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`)},` : sql``}
      zoho_data = ${keepDocument(entity, view.keepsDocument)},
      hashes = case when ${distinct} then ${forgetHashes} else t.hashes end || excluded.hashes,
      field_errors = excluded.field_errors,
      zoho_read_at = case when ${changed} then excluded.zoho_read_at else t.zoho_read_at end,
      deleted_at = null,
      synced_at = case when ${changed} then excluded.synced_at else t.synced_at end
    where ${isNewer(columns)} and (${changed} or not ${sameHash})
    returning ${list(keys, (name) => sql`t.${sql.ref(name)}`)}, xmax = 0 as inserted, synced_at = now() as changed
      ${
        links.length > 0
          ? sql`, ${sql.join(
              links.map(
                (link) =>
                  sql`case when t.${sql.ref(link.column)} is null then t.${sql.ref(link.reference)} end as ${sql.ref(`missing_${link.column}`)}`,
              ),
              sql`, `,
            )}`
          : sql``
      }`.execute(tx)
  return rows.map((row) => ({
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

const bookkeeping = ['zoho_data', 'hashes', 'field_errors', 'zoho_read_at', 'synced_at', 'deleted_at']

function toInput({ row, read, key }: RowToWrite) {
  return {
    ...row.columns,
    ...key,
    zoho_data: row.document,
    hash: row.hash,
    field_errors: row.fieldErrors,
    zoho_read_at: read.readAt,
  }
}

/** A view that keeps its document replaces what is there; one that does not only fills a row that never had a kept one. */
function keepDocument(entity: Entity, keeps: boolean) {
  const keepers = Object.entries(entity.views).flatMap(([name, view]) => (view.keepsDocument ? [name] : []))
  if (keeps || keepers.length === 0) return sql`excluded.zoho_data`
  return sql`case when t.hashes ?| array[${sql.join(keepers)}]::text[] then t.zoho_data else excluded.zoho_data end`
}

/**
 * Typed columns changed under the other views' feet: their hashes no longer say what the row holds, so that the next
 * document of theirs is compared column by column. The keys stay, they say which views the row has seen.
 */
const forgetHashes = sql`coalesce((select jsonb_object_agg(view, null) from jsonb_object_keys(t.hashes) as view), '{}')`

/** Repeats the order of `decideWrite` for rows that appeared after it looked. */
function isNewer(columns: readonly string[]) {
  if (!columns.includes('zoho_last_modified_at')) return sql`excluded.zoho_read_at >= t.zoho_read_at`
  return sql`(t.deleted_at is not null and excluded.zoho_read_at >= t.zoho_read_at
    or t.deleted_at is null and (
      coalesce(excluded.zoho_last_modified_at > t.zoho_last_modified_at, false)
      or coalesce(excluded.zoho_last_modified_at >= t.zoho_last_modified_at, true) and excluded.zoho_read_at >= t.zoho_read_at))`
}
