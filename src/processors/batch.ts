import { isConnectionError, isPassingError, parseJsonDigits } from '../../db/index.ts'
import { documentId, type Entities, type Entity, type JsonObject } from '../entities/index.ts'
import { TdsError } from '../errors.ts'
import type { ClaimedItem, Settlement } from '../queue/index.ts'
import type { Clock } from '../runtime/index.ts'
import type { Permit } from '../zoho/index.ts'
import { type Batch, type CommitDeps, commitBatch, documentsOf, fedBy } from './commit.ts'
import type { Fetch } from './fetch.ts'
import { alertDangers } from './set-alert.ts'
import { judgeSets } from './set-guard.ts'
import { type FailedItem, settleFailures } from './settle-failures.ts'
import type { ReadDocument } from './types.ts'

export interface BatchDeps extends CommitDeps {
  readonly entities: Entities
  readonly clock: Clock
  readonly fetch: Fetch
}

/** Claimed rows that carry documents: written without a call, one entity at a time. */
export async function writeClaimed(
  deps: BatchDeps,
  items: readonly ClaimedItem[],
  slot: number,
): Promise<readonly Settlement[]> {
  const stored = await documentsOf(deps.db, items)
  const settled: Settlement[] = []
  for (const [name, group] of Map.groupBy(items, (item) => item.entityType)) {
    const entity = deps.entities.get(name)
    const documents: ReadDocument[] = []
    const failed: FailedItem[] = []
    for (const item of group) {
      const row = item.documentId === null ? undefined : stored.get(item.documentId)
      if (row)
        documents.push({
          sourceEntityId: item.sourceEntityId,
          view: row.source,
          document: toObject(row.document),
          readAt: row.read_at,
          readUntil: row.read_at,
        })
      else
        failed.push({
          item,
          error: new TdsError(
            'DOCUMENT_LOST',
            'transient',
            'The document of this item is gone; a newer request replaced it',
          ),
        })
    }
    settled.push(...(await commitSplitting(deps, { entity, items: group, documents, gone: [] }, failed, slot)))
  }
  return settled
}

/** The queue only stores objects; see sync, which serialised it. */
const toObject = (text: string): JsonObject => parseJsonDigits(text) as JsonObject

/** Claimed hints of one entity: read again with the permit in hand, then written. */
export async function readClaimed(
  deps: BatchDeps,
  entity: Entity,
  items: readonly ClaimedItem[],
  { permits, signal, slot }: { permits: readonly Permit[]; signal: AbortSignal; slot: number },
): Promise<readonly Settlement[]> {
  try {
    const fetched = await deps.fetch(entity, items, permits, signal)
    const failed = items.flatMap((item) =>
      fetched.failed.has(item.sourceEntityId) ? { item, error: fetched.failed.get(item.sourceEntityId) } : [],
    )
    return await commitSplitting(
      deps,
      { entity, items, documents: fetched.documents, gone: fetched.gone },
      failed,
      slot,
    )
  } catch (error) {
    if (isConnectionError(error)) throw error
    await settleFailures(
      deps,
      items.map((item) => ({ item, error })),
      slot,
    )
    return []
  }
}

/**
 * Commits a batch; when it fails for a reason of its content it is halved until the one bad record stands alone and
 * fails alone. A lost connection is nobody's fault: it is thrown, and the rescue brings the items back. Nor is a database
 * that cannot write now: all of them rest, where that much can be written.
 */
async function commitSplitting(
  deps: BatchDeps,
  batch: Batch,
  failed: readonly FailedItem[],
  slot: number,
): Promise<readonly Settlement[]> {
  const { items: all, ...rest } = batch
  const sick = new Set(failed.map(({ item }) => item))
  const items = all.filter((item) => !sick.has(item))
  const readable = checkDocuments(batch)
  const unreadable = items.flatMap((item) =>
    readable.faults.has(item.sourceEntityId) ? { item, error: readable.faults.get(item.sourceEntityId) } : [],
  )
  await settleFailures(deps, [...failed, ...unreadable], slot)
  const healthy = items.filter((item) => !readable.faults.has(item.sourceEntityId))
  return commitHalving(
    deps,
    await heldBack(deps, { ...rest, documents: readable.documents, items: healthy }, slot),
    slot,
  )
}

/** What is left of a batch without the documents that would empty sets; those become dead letters and an alert. */
async function heldBack(deps: BatchDeps, batch: Batch, slot: number): Promise<Batch> {
  const { entity, items, documents } = batch
  if (items.length === 0 || entity.read?.kind === 'list') return batch
  const fed = fedBy(deps.entities, entity, documents)
  const { losses, dangers } = await judgeSets(deps.db, fed, batch, await deps.fieldContext())
  if (dangers.size === 0) return { ...batch, losses }
  const held = items.flatMap((item) => {
    const danger = dangers.get(item.sourceEntityId)
    return danger ? { item, error: danger.error } : []
  })
  await settleFailures(deps, held, slot, (tx) => alertDangers(tx, entity.name, dangers))
  return {
    ...batch,
    losses: losses.filter(({ owner }) => !dangers.has(owner)),
    items: items.filter(({ sourceEntityId }) => !dangers.has(sourceEntityId)),
    documents: documents.filter(({ sourceEntityId }) => !dangers.has(sourceEntityId)),
  }
}

async function commitHalving(deps: BatchDeps, batch: Batch, slot: number): Promise<readonly Settlement[]> {
  if (batch.items.length === 0) return []
  try {
    return await commitBatch(deps, batch, slot)
  } catch (error) {
    if (isConnectionError(error)) throw error
    if (batch.items.length === 1 || isPassingError(error)) {
      await settleFailures(
        deps,
        batch.items.map((item) => ({ item, error })),
        slot,
      )
      return []
    }
    const middle = Math.ceil(batch.items.length / 2)
    const first = await commitHalving(deps, half(batch, batch.items.slice(0, middle)), slot)
    return [...first, ...(await commitHalving(deps, half(batch, batch.items.slice(middle)), slot))]
  }
}

function half(batch: Batch, items: readonly ClaimedItem[]): Batch {
  const ids = new Set(items.map((item) => item.sourceEntityId))
  return { ...batch, items, documents: batch.documents.filter((document) => ids.has(document.sourceEntityId)) }
}

/** Documents without their id would break the whole statement; they are set aside before it. */
function checkDocuments(batch: Batch): { documents: readonly ReadDocument[]; faults: ReadonlyMap<string, unknown> } {
  const faults = new Map<string, unknown>()
  const documents = batch.documents.filter((read) => {
    try {
      return documentId(batch.entity, read.document) === read.sourceEntityId
    } catch (error) {
      faults.set(read.sourceEntityId, error)
      return false
    }
  })
  return { documents, faults }
}
