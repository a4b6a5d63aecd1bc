import { type Db, sql } from '../../../db/index.ts'
import {
  documentId,
  type Entity,
  type FieldContext,
  type JsonObject,
  type RowSet,
  readFields,
  viewOf,
} from '../../entities/index.ts'
import { storableJson } from '../../runtime/index.ts'
import { differingFields, recordOf } from './compare.ts'
import type { Difference, FieldDifference } from './types.ts'

interface SetRow {
  readonly id: string
  readonly key: string
  readonly columns: Readonly<Record<string, unknown>>
}

export interface SetComparison {
  readonly differences: Difference[]
  readonly rows: number
  readonly values: number
}

/** The sets that documents hold (stock by location) against the rows here: missing, extra and differing ones by owner. */
export async function compareSets(
  db: Db,
  entity: Entity,
  set: RowSet,
  documents: readonly JsonObject[],
  context: FieldContext,
): Promise<SetComparison> {
  const owners: string[] = []
  const rows: SetRow[] = []
  for (const document of documents) {
    const parts = set.rows(document)
    // A document that does not speak of the set says nothing about it.
    if (!parts) continue
    owners.push(documentId(entity, document))
    rows.push(...parts.flatMap((part) => toSetRow(entity, set, document, part, context)))
  }
  const found = [...(await differing(db, entity, set, rows)), ...(await extra(db, entity, set, owners, rows))]
  const byOwner = Map.groupBy(found, ({ id }) => id)
  return {
    differences: [...byOwner].map(([id, fields]) => ({
      kind: 'fields',
      source_entity_id: id,
      fields: fields.map(({ field }) => field),
    })),
    rows: rows.length,
    values: rows.reduce((sum, row) => sum + Object.keys(row.columns).length, 0),
  }
}

function toSetRow(
  entity: Entity,
  set: RowSet,
  document: JsonObject,
  part: JsonObject,
  context: FieldContext,
): SetRow[] {
  const key = set.keyField.read(set.keyField.take(part, context))
  if (typeof key !== 'string') return []
  const { columns } = readFields(viewOf(entity, 'detail'), part, context)
  return [{ id: documentId(entity, document), key, columns }]
}

interface Found {
  readonly id: string
  readonly field: FieldDifference
}

async function differing(db: Db, entity: Entity, set: RowSet, input: readonly SetRow[]): Promise<Found[]> {
  const view = viewOf(entity, 'detail')
  const { rows } = await sql<{ id: string; key: string; lives: boolean; fields: FieldDifference[] }>`
    select i.doc ->> 'id' as id, i.doc ->> 'key' as key, t.id is not null as lives, ${differingFields(view)} as fields
    from jsonb_array_elements(${storableJson(input)}::jsonb) as i(doc)
    cross join lateral jsonb_to_record(i.doc -> 'columns') as c(${recordOf(view.columns)})
    left join ${sql.table(entity.name)} t on t.deleted_at is null
      and t.${sql.ref(set.ownerColumn)} = i.doc ->> 'id' and t.${sql.ref(set.keyColumn)} = i.doc ->> 'key'`.execute(db)
  return rows.flatMap(({ id, key, lives, fields }): Found[] =>
    lives
      ? fields.map((field) => ({ id, field: { ...field, key } }))
      : [{ id, field: { column: set.keyColumn, here: null, source: key, key } }],
  )
}

async function extra(
  db: Db,
  entity: Entity,
  set: RowSet,
  owners: readonly string[],
  rows: readonly SetRow[],
): Promise<Found[]> {
  const [owner, key] = [sql.ref(set.ownerColumn), sql.ref(set.keyColumn)]
  const { rows: found } = await sql<{ id: string; key: string }>`
    select t.${owner} as id, t.${key} as key from ${sql.table(entity.name)} t
    where t.deleted_at is null and t.${owner} in (select value from jsonb_array_elements_text(${JSON.stringify(owners)}::jsonb))
      and not exists (
        select from jsonb_to_recordset(${JSON.stringify(rows.map(({ id, key: k }) => ({ id, key: k })))}::jsonb) as i(id text, key text)
        where i.id = t.${owner} and i.key = t.${key})`.execute(db)
  return found.map((row) => ({
    id: row.id,
    field: { column: set.keyColumn, here: row.key, source: null, key: row.key },
  }))
}
