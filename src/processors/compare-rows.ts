import { sql } from '../../db/index.ts'
import type { Target } from './target.ts'
import type { RowToWrite } from './upsert.ts'

/** What a write did to a row that was there. */
export interface Moved {
  readonly id: number
  /** Whether the row had met this view before; the first document of a view fills columns rather than changes them. */
  readonly seen: boolean
  /** Whether it was a tombstone and lives again. */
  readonly restored: boolean
  /** Values of the columns that differ; amounts as text. Null where none does. */
  readonly before: Values | null
  readonly after: Values | null
}

export type Values = Readonly<Record<string, unknown>>

type Sql = ReturnType<typeof sql>

/** The old rows, of the statement's own snapshot: who writes holds their locks, or those of their owner. */
export function oldRows(target: Target, columns: readonly string[], group: readonly Pick<RowToWrite, 'key'>[]): Sql {
  const keys = Object.entries(target.keys)
  const types = comma(keys.map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`))
  const same = sql.join(
    keys.map(([name]) => sql`t.${sql.ref(name)} = i.${sql.ref(name)}`),
    sql` and `,
  )
  const read = [...new Set(['id', 'deleted_at', ...columns])].map((name) => sql`t.${sql.ref(name)}`)
  // The lateral keeps a planner with old statistics from reading the whole table.
  return sql`
    select o.* from jsonb_to_recordset(${JSON.stringify(group.map(({ key }) => key))}::jsonb) as i(${types})
    cross join lateral (
      select ${comma(read)}, t.hashes ? ${target.viewName}::text as seen_before
      from ${sql.table(target.table)} t where ${same} offset 0) o`
}

/** `{id, seen, restored, before, after}` of the old row `o` and the new row `w`. */
export function movedOf(target: Target, columns: readonly string[]): Sql {
  const restored = target.isJoined ? sql`false` : sql`o.deleted_at is not null`
  const facts = sql`'id', w.id, 'seen', o.seen_before, 'restored', ${restored}`
  if (columns.length === 0) return sql`jsonb_build_object(${facts}, 'before', null, 'after', null)`
  const pairs = columns.map((name) => {
    const [before, after] = ['o', 'w'].map((of) => sql`${sql.ref(`${of}.${name}`)}`)
    const isNumeric = target.view.columns[name]?.type === 'numeric'
    const value = (of: Sql | undefined) => (isNumeric ? sql`to_jsonb(${of}::text)` : sql`to_jsonb(${of})`)
    return sql`(${name}::text, ${before} is distinct from ${after}, ${value(before)}, ${value(after)})`
  })
  return sql`(
    select jsonb_build_object(${facts}, 'before', jsonb_object_agg(name, was), 'after', jsonb_object_agg(name, now))
    from (values ${comma(pairs)}) as v(name, differs, was, now) where differs)`
}

const comma = (parts: readonly Sql[]): Sql => sql.join(parts, sql`, `)
