import { hash } from 'node:crypto'
import { TdsError } from '../errors.ts'
import type { Entity, View } from './entity.ts'
import { absent, type FieldContext, FieldFault, id as idField, type JsonObject } from './field.ts'

/** One record of a document, ready for its table. */
export interface MappedRow {
  readonly sourceEntityId: string
  /** Only what the document speaks of; an absent column keeps what it has. */
  readonly columns: Readonly<Record<string, unknown>>
  readonly fieldErrors: Readonly<Record<string, string>> | null
  /** Of the document without its volatile keys. */
  readonly hash: string
  readonly document: JsonObject
}

const anyId = idField((document) => document.id)

/**
 * The record's Zoho id as text.
 * @throws TdsError `DOCUMENT_WITHOUT_ID`
 */
export function documentId(entity: Entity, document: JsonObject): string {
  const key = entity.id.fields.find((field) => field in document)
  const id = key === undefined ? null : anyId.read(document[key])
  if (typeof id === 'string') return id
  throw new TdsError(
    'DOCUMENT_WITHOUT_ID',
    'permanent',
    `A document of ${entity.name} has no ${entity.id.fields.join(' or ')}`,
  )
}

/** Document → typed columns of one view. An unreadable field is noted and its column left alone. */
export function mapDocument(entity: Entity, viewName: string, document: JsonObject, context: FieldContext): MappedRow {
  const view = viewOf(entity, viewName)
  const { columns, fieldErrors } = readFields(view, document, context)
  return {
    sourceEntityId: documentId(entity, document),
    columns,
    fieldErrors,
    hash: hashDocument(document, view, context),
    document,
  }
}

export function viewOf(entity: Entity, name: string): View {
  const view = entity.views[name]
  if (!view) throw new TdsError('VIEW_UNKNOWN', 'permanent', `${entity.name} has no view ${name}`)
  return view
}

export function readFields(
  view: View,
  document: JsonObject,
  context: FieldContext,
): Pick<MappedRow, 'columns' | 'fieldErrors'> {
  const columns: Record<string, unknown> = {}
  const errors: Record<string, string> = {}
  for (const [column, field] of Object.entries(view.columns)) {
    const raw = field.take(document, context)
    if (raw === absent || raw === undefined) continue
    try {
      columns[column] = field.read(raw)
    } catch (fault) {
      if (!(fault instanceof FieldFault)) throw fault
      errors[column] = fault.message
    }
  }
  return { columns, fieldErrors: Object.keys(errors).length > 0 ? errors : null }
}

/** Keys that move without a change of the record, in every entity. */
const volatile =
  /(_formatted|^can_\w+|^due_days|^balance_due|^due_by_days|^due_in_days|^client_viewed_time|^lock_details?)$/

/**
 * Content hash of a document without its volatile keys. What the mapping itself depends on is part of it, so that a new
 * base currency or custom field reaches every row with the next full run.
 */
export function hashDocument(document: JsonObject, view: View, context: FieldContext): string {
  const isKept = (key: string, within?: string) =>
    !(within === undefined && volatile.test(key)) &&
    !view.volatile?.includes(within === undefined ? key : `${within}.${key}`)
  const mapping = [context.baseCurrency ?? '', context.nameArField, context.descriptionArField].join('|')
  return hash('sha256', mapping + JSON.stringify(ordered(document, isKept)), 'base64url').slice(0, 27)
}

/** Whether a key counts: one of the document, or of the parts it has under another key. */
type IsKept = (key: string, within?: string) => boolean

/** A copy with sorted keys, so that the order in which Zoho happens to write them is no change. */
function ordered(value: JsonObject, isKept: IsKept = () => true): JsonObject {
  // Without a prototype, so that a key like __proto__ is a key.
  const copy: Record<string, unknown> = Object.create(null)
  for (const key of Object.keys(value).sort())
    if (isKept(key)) copy[key] = orderedPart(value[key], (own) => isKept(own, key))
  return copy
}

function orderedPart(value: unknown, isKept: IsKept = () => true): unknown {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value
  return Array.isArray(value)
    ? value.map((part) => orderedPart(part, isKept))
    : ordered(value as JsonObject, (key) => isKept(key))
}
