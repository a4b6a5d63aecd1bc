import { type Db, sql, type Tx } from '../../db/index.ts'
import type { Entities, Entity, FieldContext, FollowUp, Written } from '../entities/index.ts'
import {
  type ClaimedItem,
  complete,
  enqueue,
  fence,
  inSerialOrder,
  priorities,
  type Settlement,
  type WorkRequest,
} from '../queue/index.ts'
import { adoptChildren } from './link.ts'
import { buryRows, heldIds } from './tombstone.ts'
import type { GoneRecord, ReadDocument, WriteResult } from './types.ts'
import { writeDocuments } from './write.ts'

/** Everything one batch of items of one entity needs to end: what was read for them. */
export interface Batch {
  readonly entity: Entity
  readonly items: readonly ClaimedItem[]
  readonly documents: readonly ReadDocument[]
  readonly gone: readonly GoneRecord[]
}

export interface CommitDeps {
  readonly db: Db
  readonly entities: Entities
  readonly fieldContext: () => Promise<FieldContext>
}

/**
 * One transaction: the fence, every row of every entity the documents feed, the work that follows from them, and the
 * end of the items. Items whose lease was lost meanwhile let nothing through.
 */
export async function commitBatch(deps: CommitDeps, batch: Batch, slot: number): Promise<readonly Settlement[]> {
  const context = await deps.fieldContext()
  return inSerialOrder(() =>
    deps.db.transaction().execute(async (tx) => {
      const items = await fence(tx, batch.items)
      const ours = new Set(items.map((item) => item.sourceEntityId))
      const results = await writeAll(tx, deps.entities, batch, ours, context)
      const settlements = await settlementsOf(tx, batch, items, results.get(batch.entity.name) ?? [])
      await enqueueFollowUps(tx, deps.entities, items, results)
      await complete(tx, settlements, slot)
      return settlements
    }),
  )
}

async function writeAll(
  tx: Tx,
  entities: Entities,
  batch: Batch,
  ours: ReadonlySet<string>,
  context: FieldContext,
): Promise<Map<string, WriteResult[]>> {
  const results = new Map<string, WriteResult[]>()
  const documents = batch.documents.filter(
    (document) => ours.has(document.sourceEntityId) || batch.entity.read?.kind === 'list',
  )
  const gone = batch.gone.filter((record) => ours.has(record.sourceEntityId))
  for (const entity of fedBy(entities, batch.entity, documents)) {
    const written = await writeDocuments(tx, entity, documents, context)
    const buried = await buryRows(tx, entity, gone)
    await adoptChildren(
      tx,
      entities,
      entity,
      written.filter(({ change }) => change === 'inserted').map((each) => each.sourceEntityId),
    )
    results.set(entity.name, [...written, ...buried])
  }
  return results
}

/** A bulk detail feeds every entity that reads the same plan; a list row only its own. */
function fedBy(entities: Entities, entity: Entity, documents: readonly ReadDocument[]): readonly Entity[] {
  const isDetail = documents.every((document) => document.view === 'detail')
  if (entity.read?.kind !== 'bulk' || !isDetail) return [entity]
  return entity.read.feeds.map((name) => entities.get(name))
}

async function settlementsOf(
  tx: Tx,
  batch: Batch,
  items: readonly ClaimedItem[],
  results: readonly WriteResult[],
): Promise<Settlement[]> {
  const byId = new Map(results.map((result) => [result.sourceEntityId, result]))
  const goneIds = new Set(batch.gone.map((record) => record.sourceEntityId))
  const held = goneIds.size > 0 ? await heldIds(tx, batch.entity, [...goneIds]) : new Set<string>()
  return items.map((item) => {
    const result = byId.get(item.sourceEntityId)
    if (result && !(goneIds.has(item.sourceEntityId) && !held.has(item.sourceEntityId)))
      return { item, outcome: result.outcome }
    return { item, outcome: 'skipped', reason: 'not at source' }
  })
}

async function enqueueFollowUps(
  tx: Tx,
  entities: Entities,
  items: readonly ClaimedItem[],
  results: ReadonlyMap<string, readonly WriteResult[]>,
): Promise<void> {
  const cause = new Map(items.map((item) => [item.sourceEntityId, item]))
  const requests: WorkRequest[] = []
  for (const [name, written] of results) {
    const entity = entities.get(name)
    const changes = written.flatMap(({ sourceEntityId, change, view }): Written[] =>
      change ? [{ sourceEntityId, change, view }] : [],
    )
    const followUps: readonly FollowUp[] = changes.length > 0 && entity.after ? await entity.after(tx, changes) : []
    const parents = await stillMissing(
      tx,
      entities,
      written.flatMap((result) => result.missingParents),
    )
    requests.push(
      ...[...followUps, ...parents].flatMap((followUp) =>
        toRequest(entities, followUp, cause.get(followUp.sourceEntityId) ?? items[0]),
      ),
    )
    requests.push(...written.flatMap((result) => rereadOf(entity, result, cause.get(result.sourceEntityId))))
  }
  await enqueue(tx, requests)
}

/** Parents may have come in the same batch as their children; those need no read. */
async function stillMissing(tx: Tx, entities: Entities, parents: readonly FollowUp[]): Promise<FollowUp[]> {
  const missing: FollowUp[] = []
  for (const [entityType, group] of Map.groupBy(parents, (parent) => parent.entityType)) {
    const held = await heldIds(tx, entities.get(entityType), [
      ...new Set(group.map(({ sourceEntityId }) => sourceEntityId)),
    ])
    missing.push(...group.filter(({ sourceEntityId }) => !held.has(sourceEntityId)))
  }
  return missing
}

function toRequest(
  entities: Entities,
  { entityType, sourceEntityId }: FollowUp,
  cause: ClaimedItem | undefined,
): WorkRequest[] {
  const entity = entities.find(entityType)
  if (!entity || !cause) return []
  const priority = entity.lane === 'image' ? priorities.image : Math.max(cause.priority, priorities.stock)
  const runAfterMs = cause.priority >= priorities.full ? fullRestMs : 0
  return [{ entityType, sourceEntityId, lane: entity.lane, priority, isBulk: cause.isBulk, runAfterMs }]
}

/**
 * What a full run leaves to be read rests a while: the runs that read those records anyway come next in a full sync and
 * take them over, stock before pictures, in whole batches and under their own count. Where none comes they run then.
 */
const fullRestMs = 60_000

/** Two seconds later every edit of the same second has its place in what Zoho answers. */
const rereadAfterMs = 2000

function rereadOf(entity: Entity, result: WriteResult, cause: ClaimedItem | undefined): WorkRequest[] {
  if (!result.readAgain || !entity.read || !cause) return []
  return [
    {
      entityType: entity.name,
      sourceEntityId: result.sourceEntityId,
      lane: entity.lane,
      priority: cause.priority,
      isBulk: cause.isBulk,
      runAfterMs: rereadAfterMs,
    },
  ]
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
