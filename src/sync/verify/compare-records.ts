import { detailViewOf, documentId, type Entity, type JsonObject, listViewOf } from '../../entities/index.ts'
import { errorCode } from '../../errors.ts'
import { compareDocuments, documentsOf } from './documents.ts'
import { oneByOne, readDetails, sizeOf } from './read-details.ts'
import { readListed } from './read-list.ts'
import { createTally } from './tally.ts'
import type { Difference, FieldDifference, VerifyDeps } from './types.ts'

/** What reading one record again would do to its row now. */
export interface RecordComparison {
  readonly source_entity_id: string
  /**
   * `none`: it is equal · `insert` · `update` · `revive`: deleted here, alive at the source · `delete`: not at the source ·
   * `unknown`: it could not be read, `code` says why
   */
  readonly change: 'none' | 'insert' | 'update' | 'revive' | 'delete' | 'unknown'
  readonly fields: readonly FieldDifference[]
  readonly code?: string
}

interface Reading {
  readonly documents: readonly JsonObject[]
  readonly view: string
  readonly unread: ReadonlyMap<string, string>
}

/** Reads a few records from Zoho and compares them with their rows by the writer's own mapping. Writes nothing. */
export async function compareRecords(
  deps: VerifyDeps,
  entityType: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly RecordComparison[]> {
  const entity = deps.entities.get(entityType)
  try {
    const { documents, view, unread } = await read(deps, entity, ids, signal)
    const tally = createTally(entity.name, '')
    const context = await deps.fieldContext()
    const ours = documentsOf(entity, documents)
    const { differences } = await compareDocuments({ deps, context }, entity, view, ours, tally)
    const found = new Set(ours.map((document) => documentId(entity, document)))
    const byId = new Map(differences.map((each) => [each.source_entity_id, each]))
    const codes = new Map([...unread, ...tally.findings.map((each) => [each.source_entity_id, each.found] as const)])
    return ids.map((id) => toComparison(id, { found: found.has(id), difference: byId.get(id), code: codes.get(id) }))
  } catch (error) {
    return ids.map((id) => toComparison(id, { found: false, difference: undefined, code: errorCode(error) }))
  }
}

async function read(deps: VerifyDeps, entity: Entity, ids: readonly string[], signal: AbortSignal): Promise<Reading> {
  const { read: plan } = entity
  if (entity.lane === 'image' || !plan) return { documents: [], view: '', unread: allOf(ids, 'ENTITY_UNREADABLE') }
  if (plan.kind === 'list') {
    const { rows } = await readListed(deps, entity, new Set(ids), signal)
    const documents = [...rows.values()].map(({ document }) => document)
    return { documents, view: listViewOf(entity), unread: new Map() }
  }
  const documents: JsonObject[] = []
  const unread = new Map<string, string>()
  for (let from = 0; from < ids.length; from += sizeOf(plan)) {
    const part = ids.slice(from, from + sizeOf(plan))
    const first = await readDetails(deps, entity, plan, part, signal)
    const found = new Set(documentsOf(entity, first.documents).map((document) => documentId(entity, document)))
    // A bulk answer only leaves out, which proves nothing.
    const leftOut = plan.kind === 'bulk' ? part.filter((id) => !found.has(id)) : []
    const rest = await oneByOne(deps, entity, plan, leftOut, signal)
    documents.push(...first.documents, ...rest.documents)
    for (const [id, code] of [...first.unread, ...rest.unread]) unread.set(id, code)
  }
  return { documents, view: detailViewOf(entity), unread }
}

const allOf = (ids: readonly string[], code: string) => new Map(ids.map((id) => [id, code]))

const changes = { missing: 'insert', tombstone: 'revive' } as const

function toComparison(
  id: string,
  { found, difference, code }: { found: boolean; difference: Difference | undefined; code: string | undefined },
): RecordComparison {
  const base = { source_entity_id: id, fields: difference?.fields ?? [] }
  if (code !== undefined) return { ...base, change: 'unknown', code }
  if (!found) return { ...base, change: 'delete' }
  if (!difference) return { ...base, change: 'none' }
  const { kind } = difference
  return { ...base, change: kind === 'missing' || kind === 'tombstone' ? changes[kind] : 'update' }
}
