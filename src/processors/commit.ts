import { type Db, sql, type Tx } from '../../db/index.ts'
import { detailViewOf, type Entities, type Entity, type FieldContext, tableOf } from '../entities/index.ts'
import {
  type ClaimedItem,
  complete,
  countMetrics,
  enqueue,
  fence,
  inSerialOrder,
  type Settlement,
} from '../queue/index.ts'
import type { Clock } from '../runtime/index.ts'
import { followUpsOf } from './follow-ups.ts'
import { createHistory, type History } from './history.ts'
import { adoptChildren } from './link.ts'
import { tellEnded, tellRows, type WorkObserver } from './observer.ts'
import { resolveDangers } from './set-alert.ts'
import { type Loss, lossCounter } from './set-guard.ts'
import { buryRows, heldIds } from './tombstone.ts'
import type { GoneRecord, ReadDocument, WriteResult } from './types.ts'
import { writeDocuments } from './write.ts'

/** Everything one batch of items of one entity needs to end: what was read for them. */
export interface Batch {
  readonly entity: Entity
  readonly items: readonly ClaimedItem[]
  readonly documents: readonly ReadDocument[]
  readonly gone: readonly GoneRecord[]
  /** Rows that the documents take away from guarded sets; counted, so that many small losses are seen as one. */
  readonly losses?: readonly Loss[]
}

export interface CommitDeps {
  readonly db: Db
  readonly entities: Entities
  readonly fieldContext: () => Promise<FieldContext>
  readonly clock: Clock
  /** Is told of what was committed. */
  readonly observer?: WorkObserver | undefined
}

/**
 * One transaction: the fence, every row of every entity the documents feed, the work that follows from them, and the
 * end of the items. Items whose lease was lost meanwhile let nothing through.
 */
export async function commitBatch(deps: CommitDeps, batch: Batch, slot: number): Promise<readonly Settlement[]> {
  const context = await deps.fieldContext()
  const { settlements, results } = await inSerialOrder(() =>
    deps.db.transaction().execute(async (tx) => {
      const items = await fence(tx, batch.items)
      const ours = new Set(items.map((item) => item.sourceEntityId))
      const history = createHistory(items)
      const results = await writeAll(tx, deps.entities, batch, { ours, context, history })
      await history.write(tx)
      const settlements = await settlementsOf(tx, deps.entities, batch, items, results)
      await enqueue(tx, await followUpsOf(tx, deps.entities, items, results))
      await complete(tx, settlements, slot)
      await countLosses(tx, batch, items, slot)
      await resolveDangers(tx, fedBy(deps.entities, batch.entity, batch.documents))
      return { settlements, results }
    }),
  )
  for (const { item, outcome } of settlements) tellEnded(deps, { item, result: outcome })
  for (const [name, written] of results) tellRows(deps, tableOf(deps.entities.get(name)), written)
  return settlements
}

async function writeAll(
  tx: Tx,
  entities: Entities,
  batch: Batch,
  { ours, context, history }: { ours: ReadonlySet<string>; context: FieldContext; history: History },
): Promise<Map<string, WriteResult[]>> {
  const results = new Map<string, WriteResult[]>()
  const documents = batch.documents.filter(
    (document) => ours.has(document.sourceEntityId) || batch.entity.read?.kind === 'list',
  )
  const gone = batch.gone.filter((record) => ours.has(record.sourceEntityId))
  for (const entity of fedBy(entities, batch.entity, documents)) {
    const own = documents.filter(({ document }) => entity.accepts?.(document) ?? true)
    const written = await writeDocuments(tx, entity, own, context, history)
    const disowned = documents.filter((document) => !own.includes(document))
    const buried = await buryRows(tx, entity, [...gone, ...disowned], history)
    await adoptChildren(tx, entities, entity, adopters(batch, written))
    results.set(entity.name, [...written, ...buried])
  }
  return results
}

/**
 * Who may have children that wait: records that are new, and those that were asked for, because a child that was written
 * beside its parent saw it no more than the parent saw the child.
 */
const adopters = ({ items }: Batch, written: readonly WriteResult[]): string[] =>
  written
    .filter(({ change }) => change === 'inserted' || items.some(({ lane }) => lane === 'read'))
    .map(({ sourceEntityId }) => sourceEntityId)

async function countLosses(tx: Tx, { losses = [] }: Batch, items: readonly ClaimedItem[], slot: number): Promise<void> {
  const ours = new Set(items.map(({ sourceEntityId }) => sourceEntityId))
  const counts = losses
    .filter(({ owner }) => ours.has(owner))
    .flatMap(({ table, lost }) => Array.from({ length: lost }, () => ({ name: lossCounter, label: table })))
  if (counts.length > 0) await countMetrics(tx, counts, slot)
}

/** A document read for one record feeds every entity of its plan; a list row only its own. */
export function fedBy(entities: Entities, entity: Entity, documents: readonly ReadDocument[]): readonly Entity[] {
  const { read } = entity
  if (!read || read.kind === 'list' || !read.feeds) return [entity]
  if (!documents.every(({ view }) => view === detailViewOf(entity))) return [entity]
  return read.feeds.map((name) => entities.get(name))
}

/**
 * What became of each item. Where one call answers for two tables, the record's own is the one that took it; a record
 * that none of them ever held is not at the source at all, such as the made-up one of Zoho's test button.
 */
async function settlementsOf(
  tx: Tx,
  entities: Entities,
  batch: Batch,
  items: readonly ClaimedItem[],
  results: ReadonlyMap<string, readonly WriteResult[]>,
): Promise<Settlement[]> {
  const telling = batch.entity.accepts ? [...results.values()].flat() : (results.get(batch.entity.name) ?? [])
  const byId = Map.groupBy(telling, (result) => result.sourceEntityId)
  const goneIds = batch.gone.map((record) => record.sourceEntityId)
  const held = new Set<string>()
  for (const name of goneIds.length > 0 ? results.keys() : [])
    for (const id of await heldIds(tx, entities.get(name), goneIds)) held.add(id)
  const isUnknown = (id: string) => goneIds.includes(id) && !held.has(id)
  return items.map((item) => {
    const outcomes = byId.get(item.sourceEntityId)?.map(({ outcome }) => outcome) ?? []
    const outcome = (['written', 'stale', 'unchanged'] as const).find((each) => outcomes.includes(each))
    if (outcome && !isUnknown(item.sourceEntityId)) return { item, outcome }
    return { item, outcome: 'skipped', reason: 'not at source' }
  })
}

export async function documentsOf(db: Db, items: readonly ClaimedItem[]) {
  const { rows } = await sql<{
    document_id: string
    source_entity_id: string
    source: string
    read_at: string
    document: string
  }>`
    select document_id, source_entity_id, source, read_at::text as read_at, document
    from tds_sync_documents
    where document_id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(items.map((item) => item.documentId))}::jsonb))`.execute(
    db,
  )
  return new Map(rows.map((row) => [row.document_id, row]))
}
