import type { Tx } from '../../db/index.ts'
import { type Entity, type FieldContext, type MappedRow, mapDocument } from '../entities/index.ts'
import { type ChildrenWritten, writeChildren } from './children.ts'
import { type Decision, decideWrite, readStandings } from './order.ts'
import { missingParents } from './parents.ts'
import { writeSets } from './row-set.ts'
import { targetOf } from './target.ts'
import type { ReadDocument, WriteResult } from './types.ts'
import { type UpsertedRow, upsert } from './upsert.ts'

/** Documents of one entity → its rows and theirs, set-wise, newest wins. One result a document, in the documents' order. */
export async function writeDocuments(
  tx: Tx,
  entity: Entity,
  documents: readonly ReadDocument[],
  context: FieldContext,
): Promise<WriteResult[]> {
  if (documents.length === 0) return []
  return entity.set ? writeSets(tx, entity, entity.set, documents, context) : writeRows(tx, entity, documents, context)
}

interface Decided {
  readonly read: ReadDocument
  readonly row: MappedRow
  readonly decision: Decision
}

async function writeRows(
  tx: Tx,
  entity: Entity,
  documents: readonly ReadDocument[],
  context: FieldContext,
): Promise<WriteResult[]> {
  const pairs = documents.map((read) => ({ read, row: mapDocument(entity, read.view, read.document, context) }))
  const standings = await readStandings(tx, entity, pairs)
  const decided = pairs.map((pair): Decided => {
    const standing = standings.get(pair.row.sourceEntityId)
    if (!standing) throw new Error(`No standing for ${entity.name} ${pair.row.sourceEntityId}`)
    return { ...pair, decision: decideWrite(standing) }
  })
  const written = await upsertDecided(tx, entity, decided)
  const children = await writeChildren(
    tx,
    entity,
    documents.filter((read) => written.has(read.sourceEntityId)),
    context,
  )
  return decided.map((each) => ended(entity, each, written.get(each.row.sourceEntityId), children))
}

async function upsertDecided(tx: Tx, entity: Entity, decided: readonly Decided[]): Promise<Map<string, UpsertedRow>> {
  const wanted = decided.filter(({ decision }) => decision.write)
  const written: UpsertedRow[] = []
  for (const [view, group] of Map.groupBy(wanted, ({ read }) => read.view)) {
    const rows = group.map(({ row, read }) => ({ row, read, key: { [entity.id.column]: row.sourceEntityId } }))
    written.push(...(await upsert(tx, targetOf(entity, view), rows)))
  }
  return new Map(written.map((each) => [each.key[entity.id.column] ?? '', each]))
}

function ended(
  entity: Entity,
  { read, row, decision }: Decided,
  upserted: UpsertedRow | undefined,
  children: ChildrenWritten,
): WriteResult {
  const id = row.sourceEntityId
  const base = {
    sourceEntityId: id,
    view: read.view,
    readAgain: decision.readAgain,
    missingParents: [
      ...(upserted ? missingParents(entity.links ?? [], [upserted]) : []),
      ...(children.missing.get(id) ?? []),
    ],
  }
  if (upserted?.changed || children.changed.has(id))
    return { ...base, outcome: 'written', change: upserted?.inserted ? 'inserted' : 'updated' }
  return { ...base, outcome: decision.outcome === 'stale' ? 'stale' : 'unchanged' }
}
