import type { Tx } from '../../db/index.ts'
import { type Entity, type FieldContext, type MappedRow, mapDocument } from '../entities/index.ts'
import { decideWrite, readStandings } from './order.ts'
import { missingParents } from './parents.ts'
import { writeSets } from './row-set.ts'
import type { ReadDocument, WriteResult } from './types.ts'
import { type UpsertedRow, upsert } from './upsert.ts'

/** Documents of one entity → its rows, set-wise, newest wins. One result a document, in the documents' order. */
export async function writeDocuments(
  tx: Tx,
  entity: Entity,
  documents: readonly ReadDocument[],
  context: FieldContext,
): Promise<WriteResult[]> {
  if (documents.length === 0) return []
  return entity.set ? writeSets(tx, entity, entity.set, documents, context) : writeRows(tx, entity, documents, context)
}

async function writeRows(
  tx: Tx,
  entity: Entity,
  documents: readonly ReadDocument[],
  context: FieldContext,
): Promise<WriteResult[]> {
  const pairs = documents.map((read) => ({ read, row: mapDocument(entity, read.view, read.document, context) }))
  const standings = await readStandings(tx, entity, pairs)
  const decisions = pairs.map((pair) => {
    const standing = standings.get(pair.row.sourceEntityId)
    if (!standing) throw new Error(`No standing for ${entity.name} ${pair.row.sourceEntityId}`)
    return { ...pair, decision: decideWrite(standing) }
  })
  const upserted = await upsert(
    tx,
    entity,
    decisions
      .filter(({ decision }) => decision.write)
      .map(({ row, read }) => ({ row, read, key: { [entity.id.column]: row.sourceEntityId } })),
  )
  const byId = new Map(upserted.map((each) => [each.key[entity.id.column], each]))
  return decisions.map(({ row, read, decision }) => ({
    ...ended(entity, row, byId.get(row.sourceEntityId), decision.outcome),
    view: read.view,
    readAgain: decision.readAgain,
  }))
}

function ended(
  entity: Entity,
  row: MappedRow,
  upserted: UpsertedRow | undefined,
  outcome: 'unchanged' | 'stale' | 'candidate',
): Pick<WriteResult, 'sourceEntityId' | 'outcome' | 'change' | 'missingParents'> {
  const base = {
    sourceEntityId: row.sourceEntityId,
    missingParents: upserted ? missingParents(entity, [upserted]) : [],
  }
  if (!upserted?.changed) return { ...base, outcome: outcome === 'stale' ? 'stale' : 'unchanged' }
  return { ...base, outcome: 'written', change: upserted.inserted ? 'inserted' : 'updated' }
}
