import {
  type ChildSet,
  type Entity,
  type Field,
  type FieldContext,
  type JsonObject,
  type RowSet,
  readFields,
  tableOf,
} from '../../src/entities/index.ts'
import { TdsError } from '../../src/errors.ts'

/** Where the fields of a sample end up in one table. */
export interface Landing {
  /** Which entity reads it so; one table may have two sources. */
  readonly source: string
  readonly table: string
  /** The jsonb column that keeps the whole object; in another table where a source only fills columns of lines. */
  readonly keptIn: { readonly table: string; readonly column: string }
  /** Zoho's key → the columns that it decides. */
  readonly typed: ReadonlyMap<string, readonly string[]>
  /** Keys that decide no column of this table. */
  readonly onlyKept: readonly string[]
  /** Whether the fields are those of a record, of its lines, or of one of its places. */
  readonly level: 'record' | 'part'
}

interface Part {
  readonly table: string
  readonly level: Landing['level']
  /** Null where nothing of it is kept; else its own `zoho_data` by default. */
  readonly keptIn?: Landing['keptIn'] | null
  readonly columns: Readonly<Record<string, Field>>
  readonly objects: readonly JsonObject[]
  /** What else hangs on an object: ids, lines, which table it belongs to. */
  readonly decides?: (object: JsonObject) => Readonly<Record<string, unknown>>
}

/**
 * A key lands in a column when the column would be another, or not be written, without the key or with another value in
 * it. It is found out by trying, so that no list of mapped fields is kept beside the mapping.
 */
export function landings(
  entity: Entity,
  viewName: string,
  documents: readonly JsonObject[],
  context: FieldContext,
): readonly Landing[] {
  const children = (entity.children ?? []).map((child) => childPart(entity, child, documents, context))
  const own = entity.set
    ? setParts(entity, entity.set, viewName, documents)
    : [recordPart(entity, viewName, documents, context)]
  return [...own, ...children]
    .filter(({ objects }) => objects.length > 0)
    .map((part) => ({ source: entity.name, ...landingOf(part, context) }))
}

function recordPart(entity: Entity, viewName: string, documents: readonly JsonObject[], context: FieldContext): Part {
  const table = tableOf(entity)
  return {
    table,
    level: 'record',
    keptIn: { table, column: entity.joins?.documentColumn ?? 'zoho_data' },
    columns: entity.views[viewName]?.columns ?? {},
    objects: documents,
    decides: (document) => ({
      [entity.id.column]: idIn(entity, document),
      'the choice of the table': entity.accepts?.(document),
      ...Object.fromEntries(
        (entity.children ?? []).map((child) => [child.table, rowsOrNone(child, document, context)]),
      ),
    }),
  }
}

/** The record of a set has no row of its own: it says whose its parts are, and each part is a row. */
function setParts(entity: Entity, set: RowSet, viewName: string, documents: readonly JsonObject[]): readonly Part[] {
  const table = tableOf(entity)
  const decides = (document: JsonObject) => ({
    [set.ownerColumn]: idIn(entity, document),
    'a row each': set.rows(document),
  })
  return [
    { table, level: 'record', keptIn: null, columns: {}, objects: documents, decides },
    {
      table,
      level: 'part',
      columns: { [set.keyColumn]: set.keyField, ...entity.views[viewName]?.columns },
      objects: documents.flatMap((document) => set.rows(document) ?? []),
    },
  ]
}

const idIn = ({ id }: Entity, document: JsonObject): unknown =>
  document[id.fields.find((field) => field in document) ?? '']

/** Lines that cannot be made, for want of the key that was left out, are not made. */
function rowsOrNone(child: ChildSet, document: JsonObject, context: FieldContext) {
  try {
    return child.rows(document, context)
  } catch (error) {
    if (error instanceof TdsError) return undefined
    throw error
  }
}

function childPart(entity: Entity, child: ChildSet, documents: readonly JsonObject[], context: FieldContext): Part {
  const joined = { table: tableOf(entity), column: entity.joins?.documentColumn ?? 'zoho_data' }
  return {
    table: child.table,
    level: 'part',
    ...(child.mode === 'fill' && { keptIn: joined }),
    columns: { ...child.key, ...child.columns },
    objects: documents.flatMap((document) => child.rows(document, context) ?? []),
  }
}

function landingOf(part: Part, context: FieldContext): Omit<Landing, 'source'> {
  const { table, level, objects } = part
  const keptIn = part.keptIn ?? { table, column: 'zoho_data' }
  const typed = new Map<string, readonly string[]>()
  const keys = [...new Set(objects.flatMap((object) => Object.keys(object)))].toSorted()
  for (const key of keys) {
    const decided = objects.filter((object) => key in object).flatMap((object) => decidedBy(key, object, part, context))
    if (decided.length > 0) typed.set(key, [...new Set(decided)])
  }
  const onlyKept = part.keptIn === null ? [] : keys.filter((key) => !typed.has(key))
  return { table, level, keptIn, typed, onlyKept }
}

function decidedBy(key: string, object: JsonObject, part: Part, context: FieldContext): string[] {
  const { [key]: value, ...others } = object
  const whole = outcome(object, part, context)
  const changed = [others, { ...object, [key]: another(value) }].map((each) => outcome(each, part, context))
  return Object.keys({ ...whole, ...changed[1] }).filter((column) =>
    changed.some((each) => text(each[column]) !== text(whole[column])),
  )
}

/** A value of the same kind that is not this one. */
function another(value: unknown): unknown {
  if (typeof value === 'boolean') return !value
  if (Array.isArray(value)) return []
  if (typeof value === 'number') return value + 1
  if (typeof value === 'object' && value !== null && !JSON.isRawJSON(value)) return {}
  return typeof value === 'string' ? `${value}1` : '1'
}

function outcome(object: JsonObject, { columns, decides }: Part, context: FieldContext) {
  return { ...readFields({ columns, keepsDocument: true }, object, context).columns, ...decides?.(object) }
}

const text = (value: unknown): string | undefined => JSON.stringify(value)

/**
 * Lines of the table of a sample: source, table, typed fields (`key→column` where the names differ), fields that are only
 * kept. What one source keeps and another has a column for is not only kept.
 */
export function describe(sample: string, found: readonly Landing[]): readonly string[] {
  return found.map((landing) => {
    const { source, table, keptIn, typed, level } = landing
    const peers = found.filter((each) => each.level === level && (level === 'record' || each.table === table))
    const only = landing.onlyKept.filter((key) => !peers.some((each) => each.typed.has(key)))
    const names = [...typed].map(([key, columns]) => (columns.join() === key ? key : `${key}→${columns.join('+')}`))
    const kept = only.length > 0 ? `${keptIn.table}.${keptIn.column}: ${only.join(' ')}` : '–'
    return row(sample, source === table ? table : `${table} (${source})`, names.join(' '), kept)
  })
}

export const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`
