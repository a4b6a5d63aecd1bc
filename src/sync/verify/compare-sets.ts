import { type Db, sql } from '../../../db/index.ts'
import {
  type ChildSet,
  documentId,
  type Entity,
  type Field,
  type FieldContext,
  type JsonObject,
  readFields,
  tableOf,
  viewOf,
} from '../../entities/index.ts'
import { TdsError } from '../../errors.ts'
import { storableJson } from '../../runtime/index.ts'
import { differingFields, recordOf } from './compare.ts'
import type { FieldDifference } from './types.ts'

/** Rows that one document holds many of: children in a table of their own, or the set that an entity consists of. */
export interface ComparedSet {
  readonly table: string
  /** Named in differences; absent where the rows are the entity's own. */
  readonly name?: string
  readonly ownerColumn: string
  readonly key: Readonly<Record<string, Field>>
  readonly columns: Readonly<Record<string, Field>>
  readonly rows: (document: JsonObject, context: FieldContext) => readonly JsonObject[] | undefined
  /** Whether lines may be missing or extra as far as this source is concerned. */
  readonly onlyFills: boolean
}

/** Every set of rows that a document of this view may hold. */
export function setsOf(entity: Entity, view: string): readonly ComparedSet[] {
  const { set, children = [] } = entity
  if (!set) return children.map(fromChildren)
  return [
    {
      table: tableOf(entity),
      ownerColumn: set.ownerColumn,
      key: { [set.keyColumn]: set.keyField },
      columns: viewOf(entity, view).columns,
      rows: set.rows,
      onlyFills: false,
    },
  ]
}

const fromChildren = ({ table, owner, key, columns, rows, mode }: ChildSet): ComparedSet => ({
  table,
  name: table,
  ownerColumn: owner.reference,
  key,
  columns,
  rows,
  onlyFills: mode === 'fill',
})

export interface SetComparison {
  /** By owner. */
  readonly differences: ReadonlyMap<string, readonly FieldDifference[]>
  /** Documents of which the rows cannot be told, and the code that says why. */
  readonly unreadable: ReadonlyMap<string, string>
  readonly rows: number
  readonly values: number
}

interface SetRow {
  readonly id: string
  readonly keys: Readonly<Record<string, unknown>>
  readonly columns: Readonly<Record<string, unknown>>
}

/** The rows that documents hold against those here: missing, extra and differing ones. */
export async function compareSet(
  db: Db,
  entity: Entity,
  set: ComparedSet,
  documents: readonly JsonObject[],
  context: FieldContext,
): Promise<SetComparison> {
  const owners: string[] = []
  const rows: SetRow[] = []
  const unreadable = new Map<string, string>()
  for (const document of documents) {
    const id = documentId(entity, document)
    const parts = partsOf(set, document, context)
    if (typeof parts === 'string') unreadable.set(id, parts)
    // A document that does not speak of the set says nothing about it.
    if (parts === undefined || typeof parts === 'string') continue
    owners.push(id)
    rows.push(...toSetRows(set, id, parts, context))
  }
  const found = [
    ...(rows.length > 0 ? await differing(db, set, rows) : []),
    ...(owners.length > 0 && !set.onlyFills ? await extra(db, set, owners, rows) : []),
  ]
  const byOwner = Map.groupBy(found, ({ id }) => id)
  return {
    differences: new Map([...byOwner].map(([id, each]) => [id, each.map(({ field }) => field)])),
    unreadable,
    rows: rows.length,
    values: rows.reduce((sum, row) => sum + Object.keys(row.columns).length, 0),
  }
}

/** The rows in a document, or the code of what keeps them from being told; the writer refuses such a document as well. */
function partsOf(set: ComparedSet, document: JsonObject, context: FieldContext) {
  try {
    return set.rows(document, context)
  } catch (error) {
    if (error instanceof TdsError) return error.code
    throw error
  }
}

/** As the writer takes them: a part without its key is none, the last of two with one key counts. */
function toSetRows(set: ComparedSet, id: string, parts: readonly JsonObject[], context: FieldContext): SetRow[] {
  const rows = new Map<string, SetRow>()
  for (const part of parts) {
    const { columns: keys } = readFields({ columns: set.key, keepsDocument: false }, part, context)
    if (Object.keys(set.key).some((name) => keys[name] === undefined || keys[name] === null)) continue
    const { columns } = readFields({ columns: set.columns, keepsDocument: false }, part, context)
    rows.set(JSON.stringify(Object.values(keys).map(String)), { id, keys, columns })
  }
  return [...rows.values()]
}

interface Found {
  readonly id: string
  readonly field: FieldDifference
}

async function differing(db: Db, set: ComparedSet, input: readonly SetRow[]): Promise<Found[]> {
  const { rows } = await sql<{ id: string; key: string; lives: boolean; fields: FieldDifference[] }>`
    select i.doc ->> 'id' as id, ${keyText(set, 'k')} as key, t.id is not null as lives, ${differingFields(set.columns)} as fields
    from jsonb_array_elements(${storableJson(input)}::jsonb) as i(doc)
    cross join lateral jsonb_to_record(i.doc -> 'keys') as k(${recordOf(set.key)})
    cross join lateral jsonb_to_record(i.doc -> 'columns') as c(${recordOf(set.columns)})
    left join ${sql.table(set.table)} t
      on t.deleted_at is null and t.${sql.ref(set.ownerColumn)} = i.doc ->> 'id' and ${sameKey(set, 'k')}`.execute(db)
  return rows.flatMap(({ id, key, lives, fields }): Found[] => {
    if (lives) return fields.map((field) => ({ id, field: { ...field, ...place(set, key) } }))
    return set.onlyFills ? [] : [{ id, field: { column: keyName(set), here: null, source: key, ...place(set, key) } }]
  })
}

async function extra(db: Db, set: ComparedSet, owners: readonly string[], rows: readonly SetRow[]): Promise<Found[]> {
  const owner = sql.ref(set.ownerColumn)
  const { rows: found } = await sql<{ id: string; key: string }>`
    select t.${owner} as id, ${keyText(set, 't')} as key from ${sql.table(set.table)} t
    where t.deleted_at is null and t.${owner} in (select value from jsonb_array_elements_text(${JSON.stringify(owners)}::jsonb))
      and not exists (
        select from jsonb_to_recordset(${storableJson(rows.map(({ id, keys }) => ({ '-id': id, ...keys })))}::jsonb)
          as i("-id" text, ${recordOf(set.key)})
        where i."-id" = t.${owner} and ${sameKey(set, 'i')})`.execute(db)
  return found.map(({ id, key }) => ({
    id,
    field: { column: keyName(set), here: key, source: null, ...place(set, key) },
  }))
}

const place = ({ name }: ComparedSet, key: string) => ({ key, ...(name !== undefined && { table: name }) })

const keyName = ({ key }: ComparedSet): string => Object.keys(key).join(', ')

const keyText = ({ key }: ComparedSet, of: 't' | 'k') =>
  sql`concat_ws(' / ', ${sql.join(Object.keys(key).map((name) => sql`${sql.ref(`${of}.${name}`)}::text`))})`

const sameKey = ({ key }: ComparedSet, other: 'i' | 'k') =>
  sql.join(
    Object.keys(key).map((name) => sql`t.${sql.ref(name)} = ${sql.ref(`${other}.${name}`)}`),
    sql` and `,
  )
