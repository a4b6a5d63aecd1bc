import { type Db, sql } from '../../../db/index.ts'
import { type Entity, type Field, type MappedRow, tableOf, viewOf } from '../../entities/index.ts'
import { storableJson } from '../../runtime/index.ts'
import type { Difference, FieldDifference } from './types.ts'

interface Standing {
  readonly id: string
  readonly exists: boolean
  readonly deleted: boolean
  readonly hash: string | null
  readonly fields: readonly FieldDifference[]
}

type Columns = Readonly<Record<string, Field>>

/** How rows here stand to documents of one view: typed values by the database's own types, the rest by hash. */
export async function compareRows(
  db: Db,
  entity: Entity,
  viewName: string,
  mapped: readonly MappedRow[],
): Promise<Difference[]> {
  if (mapped.length === 0) return []
  const { columns } = viewOf(entity, viewName)
  const { rows } = await sql<Standing>`
    select i.doc ->> 'id' as id, t.id is not null as exists, coalesce(t.deleted_at is not null, false) as deleted,
      t.hashes ->> ${viewName}::text as hash, ${differingFields(columns)} as fields
    from jsonb_array_elements(${storableJson(mapped.map(toInput))}::jsonb) as i(doc)
    cross join lateral jsonb_to_record(i.doc -> 'columns') as c(${recordOf(columns)})
    left join ${sql.table(tableOf(entity))} t on t.${sql.ref(entity.id.column)} = i.doc ->> 'id'`.execute(db)
  const hashes = new Map(mapped.map((row) => [row.sourceEntityId, row.hash]))
  return rows.flatMap((row) => differenceOf(entity, row, hashes.get(row.id)))
}

const toInput = ({ sourceEntityId, columns }: MappedRow) => ({ id: sourceEntityId, columns })

function differenceOf(
  { joins }: Entity,
  { id, exists, deleted, hash, fields }: Standing,
  sourceHash: string | undefined,
): Difference[] {
  const found = (kind: Difference['kind']): Difference[] => [{ kind, source_entity_id: id }]
  if (!exists) return found('missing')
  // Whether a record is gone is for the owner of its row to say, not for a second source.
  if (deleted) return joins ? [] : found('tombstone')
  if (fields.length > 0) return [{ kind: 'fields', source_entity_id: id, fields }]
  // A row without a hash of this view was not written from it; its columns are all there is to compare.
  return hash === null || hash === sourceHash ? [] : found('document')
}

/** Columns of a record in the database's types. */
export const recordOf = (columns: Columns) =>
  sql.join(
    [...Object.entries(columns).map(([name, { type }]) => sql`${sql.ref(name)} ${sql.raw(type)}`), sql`"-" text`],
    sql`, `,
  )

/** Of the columns the document speaks of, those whose value in `t` is another than in `c`. */
export function differingFields(columns: Columns) {
  const cases = Object.keys(columns).map(
    (
      name,
    ) => sql`case when i.doc -> 'columns' ? ${sql.lit(name)} and t.${sql.ref(name)} is distinct from c.${sql.ref(name)}
      then jsonb_build_object('column', ${sql.lit(name)}, 'here', to_jsonb(t.${sql.ref(name)}), 'source', to_jsonb(c.${sql.ref(name)})) end`,
  )
  return cases.length === 0
    ? sql`'[]'::jsonb`
    : sql`jsonb_path_query_array(jsonb_build_array(${sql.join(cases, sql`, `)}), '$[*] ? (@ != null)')`
}
