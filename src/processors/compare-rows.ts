import { sql } from '../../db/index.ts'
import type { Target } from './target.ts'

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

interface KeyedRow {
  readonly key: Readonly<Record<string, string>>
}

type Sql = ReturnType<typeof sql>

/** The old rows, of the statement's own snapshot: who writes holds their locks, or those of their owner. */
export function oldRows(target: Target, columns: readonly string[], group: readonly KeyedRow[]): Sql {
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

/**
 * Columns of the answer that say how the new row `w` differs from the old row `o`: one for each column, null where it
 * stayed. Aggregating them in SQL costs as much as the write itself; `movedIn` gathers them.
 */
export function comparison(target: Target, columns: readonly string[]): Sql {
  const restored = target.isJoined ? sql`false` : sql`coalesce(o.deleted_at is not null, false)`
  const differences = columns.map((name) => {
    const [before, after] = [sql.ref(`o.${name}`), sql.ref(`w.${name}`)]
    const isNumeric = target.view.columns[name]?.type === 'numeric'
    const pair = isNumeric ? sql`${before}::text, ${after}::text` : sql`${before}, ${after}`
    return sql`case when o.id is not null and ${before} is distinct from ${after} then jsonb_build_array(${pair}) end as ${sql.ref(`${prefix}${name}`)}`
  })
  return comma([sql`o.id as old_id, o.seen_before, ${restored} as restored`, ...differences])
}

const prefix = 'was_now '

export interface ComparedRow {
  readonly old_id?: number | null
  readonly seen_before?: boolean | null
  readonly restored?: boolean | null
}

/** Undefined where there was no row before, or nobody compared. */
export function movedIn(row: ComparedRow, columns: readonly string[]): Moved | undefined {
  if (row.old_id == null) return undefined
  const answer: Readonly<Record<string, unknown>> = { ...row }
  const before: Record<string, unknown> = {}
  const after: Record<string, unknown> = {}
  for (const name of columns) {
    const pair = answer[`${prefix}${name}`]
    if (Array.isArray(pair)) [before[name], after[name]] = pair
  }
  const isSame = Object.keys(after).length === 0
  return {
    id: row.old_id,
    seen: row.seen_before === true,
    restored: row.restored === true,
    before: isSame ? null : before,
    after: isSame ? null : after,
  }
}

const comma = (parts: readonly Sql[]): Sql => sql.join(parts, sql`, `)
