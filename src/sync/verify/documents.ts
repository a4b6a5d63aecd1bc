import { documentId, type Entity, type JsonObject, type MappedRow, mapDocument } from '../../entities/index.ts'
import { compareRows } from './compare.ts'
import { compareSet, setsOf } from './compare-sets.ts'
import { noteUnread, type Tally } from './tally.ts'
import type { Difference, FieldDifference } from './types.ts'
import type { Verification } from './verification.ts'

export interface DocumentsComparison {
  readonly differences: readonly Difference[]
  /** The documents as the row of their record would be; empty for an entity that is a set. */
  readonly mapped: readonly MappedRow[]
  /** Rows of sets that the documents hold. */
  readonly setRows: number
  readonly values: number
}

/**
 * Documents of one view against the rows they stand for: the record's own, and its children's. A document whose children
 * cannot be told is noted as unread.
 */
export async function compareDocuments(
  { deps: { db }, context }: Pick<Verification, 'deps' | 'context'>,
  entity: Entity,
  view: string,
  documents: readonly JsonObject[],
  tally: Tally,
): Promise<DocumentsComparison> {
  const byId = new Map(documents.map((document) => [documentId(entity, document), document]))
  const unique = [...byId.values()]
  const mapped = entity.set ? [] : unique.map((document) => mapDocument(entity, view, document, context))
  const differences = new Map(
    (await compareRows(db, entity, view, mapped)).map((each) => [each.source_entity_id, each] as const),
  )
  let setRows = 0
  let values = mapped.reduce((sum, { columns }) => sum + Object.keys(columns).length, 0)
  for (const set of setsOf(entity, view)) {
    const compared = await compareSet(db, entity, set, unique, context)
    for (const [id, fields] of compared.differences) differences.set(id, withFields(id, differences.get(id), fields))
    for (const [id, code] of compared.unreadable) noteUnread(tally, id, code)
    setRows += compared.rows
    values += compared.values
  }
  return { differences: [...differences.values()], mapped, setRows, values }
}

/** Without its record's row, or under its tombstone, nothing has to be said of the children. */
function withFields(id: string, known: Difference | undefined, fields: readonly FieldDifference[]): Difference {
  if (known?.kind === 'missing' || known?.kind === 'tombstone') return known
  return { kind: 'fields', source_entity_id: id, fields: [...(known?.fields ?? []), ...fields] }
}

/** The documents among these that name their record and are of this entity, where one call answers for two tables. */
export const documentsOf = (entity: Entity, documents: readonly JsonObject[]): JsonObject[] =>
  documents.filter((document) => hasId(entity, document) && (entity.accepts?.(document) ?? true))

/** Whether a document names its record at all; one that does not blocks none of its neighbours. */
export function hasId(entity: Entity, document: JsonObject): boolean {
  try {
    return documentId(entity, document) !== ''
  } catch {
    return false
  }
}
