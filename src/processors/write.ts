import type { Tx } from '../../db/index.ts'
import { type Entity, type FieldContext, type MappedRow, mapDocument, tableOf } from '../entities/index.ts'
import { type ChildrenWritten, writeChildren } from './children.ts'
import type { History } from './history.ts'
import { type Decision, decideWrite, readStandings } from './order.ts'
import { missingParents } from './parents.ts'
import { writeSets } from './row-set.ts'
import { targetOf } from './target.ts'
import type { ReadDocument, WriteResult } from './types.ts'
import { type UpsertedRow, upsert } from './upsert.ts'

/**
 * Documents of one entity → its rows and theirs, set-wise, newest wins. One result a document, in the documents' order.
 * @param history notes what changed; without it nothing is compared for it
 */
export async function writeDocuments(
  tx: Tx,
  entity: Entity,
  documents: readonly ReadDocument[],
  context: FieldContext,
  history?: History,
): Promise<WriteResult[]> {
  if (documents.length === 0) return []
  return entity.set
    ? writeSets(tx, entity, entity.set, { documents, context, history })
    : writeRows(tx, entity, documents, context, history)
}

interface Decided {
  readonly read: ReadDocument
  readonly row: MappedRow
  readonly decision: Decision
  readonly exists: boolean
}

async function writeRows(
  tx: Tx,
  entity: Entity,
  documents: readonly ReadDocument[],
  context: FieldContext,
  history: History | undefined,
): Promise<WriteResult[]> {
  const pairs = documents.map((read) => ({ read, row: mapDocument(entity, read.view, read.document, context) }))
  const standings = await readStandings(tx, entity, pairs)
  const decided = pairs.map((pair): Decided => {
    const standing = standings.get(pair.row.sourceEntityId)
    if (!standing) throw new Error(`No standing for ${entity.name} ${pair.row.sourceEntityId}`)
    return { ...pair, exists: standing.exists, decision: decideWrite(standing) }
  })
  const written = await upsertDecided(tx, entity, decided, history)
  const children = await writeChildren(
    tx,
    entity,
    documents.filter((read) => written.has(read.sourceEntityId)),
    { context, history, owners: written },
  )
  return decided.map((each) => ended(entity, each, written.get(each.row.sourceEntityId), children))
}

async function upsertDecided(
  tx: Tx,
  entity: Entity,
  decided: readonly Decided[],
  history: History | undefined,
): Promise<Map<string, UpsertedRow>> {
  const wanted = decided.filter(({ decision }) => decision.write)
  const written: UpsertedRow[] = []
  for (const [view, group] of Map.groupBy(wanted, ({ read }) => read.view)) {
    const rows = group.map(({ row, read }) => ({ row, read, key: { [entity.id.column]: row.sourceEntityId } }))
    const compare = history !== undefined && group.some(({ exists }) => exists)
    const upserted = await upsert(tx, targetOf(entity, view), rows, compare)
    if (history) note(history, entity, group, upserted)
    written.push(...upserted)
  }
  return new Map(written.map((each) => [each.key[entity.id.column] ?? '', each]))
}

function note(history: History, entity: Entity, group: readonly Decided[], upserted: readonly UpsertedRow[]): void {
  const sources = new Map(group.map((each) => [each.row.sourceEntityId, each]))
  for (const { key, inserted, moved } of upserted) {
    const id = key[entity.id.column] ?? ''
    const source = sources.get(id)
    const subject = { table: tableOf(entity), id, read: source?.read }
    if (inserted) history.inserted(subject, source?.row.columns ?? {})
    else if (moved) history.moved(subject, moved, source?.row.columns ?? {})
  }
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
