import { type Db, sql } from '../../../db/index.ts'
import { type Entity, tableOf } from '../../entities/index.ts'

/** Rows whose detail has not been read yet have no lines and not every column: that is known, not a difference. */
export const dueColumnOf = ({ details }: Entity): string | undefined =>
  details?.when === 'changed' ? (details.dueColumn ?? 'detail_due') : undefined

/** Rows that a verification of this entity is about: living, and for a second source those it has filled. */
export const isOurs = ({ joins }: Entity) =>
  joins ? sql`deleted_at is null and ${sql.ref(joins.readAtColumn)} is not null` : sql`deleted_at is null`

/** Rows whose detail can be compared. */
export const hasDetail = (entity: Entity) => {
  const column = dueColumnOf(entity)
  return column === undefined ? isOurs(entity) : sql`${isOurs(entity)} and not ${sql.ref(column)}`
}

export async function countDue(db: Db, entity: Entity): Promise<number> {
  const column = dueColumnOf(entity)
  if (column === undefined) return 0
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from ${sql.table(tableOf(entity))} where ${isOurs(entity)} and ${sql.ref(column)}`.execute(db)
  return rows[0]?.n ?? 0
}

/** Which of these records are due. */
export async function dueOf(db: Db, entity: Entity, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const column = dueColumnOf(entity)
  if (column === undefined || ids.length === 0) return new Set()
  const key = sql.ref(entity.id.column)
  const { rows } = await sql<{ id: string }>`
    select ${key} as id from ${sql.table(tableOf(entity))}
    where ${sql.ref(column)} and ${key} in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`.execute(
    db,
  )
  return new Set(rows.map((row) => row.id))
}
