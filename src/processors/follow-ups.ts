import { sql, type Tx } from '../../db/index.ts'
import { detailViewOf, type Entities, type Entity, type FollowUp, tableOf, type Written } from '../entities/index.ts'
import { type ClaimedItem, priorities, type WorkRequest } from '../queue/index.ts'
import { adoptChildren } from './link.ts'
import { heldIds } from './tombstone.ts'
import type { WriteResult } from './types.ts'

/** The work that written rows leave: what the entity asks for, parents that are not here, documents to be read. */
export async function followUpsOf(
  tx: Tx,
  entities: Entities,
  items: readonly ClaimedItem[],
  results: ReadonlyMap<string, readonly WriteResult[]>,
): Promise<WorkRequest[]> {
  const cause = new Map(items.map((item) => [item.sourceEntityId, item]))
  const requests: WorkRequest[] = []
  for (const [name, written] of results) {
    const entity = entities.get(name)
    const changes = written.flatMap(({ sourceEntityId, change, view }): Written[] =>
      change ? [{ sourceEntityId, change, view }] : [],
    )
    const wanted = [
      ...(changes.length > 0 && entity.after ? await entity.after(tx, changes) : []),
      ...(await dueDocuments(tx, entity, changes)),
      ...(await otherSources(tx, entities, entity, written)),
      ...(await stillMissing(
        tx,
        entities,
        written.flatMap((result) => result.missingParents),
      )),
    ]
    requests.push(
      ...wanted.flatMap((each) => toRequest(entities, each, cause.get(each.sourceEntityId) ?? items[0])),
      ...written.flatMap((result) => rereadOf(entity, result, cause.get(result.sourceEntityId))),
    )
  }
  return requests
}

/** A list row that moved asks for the document behind it; full runs and the backfill read theirs by their own plan. */
async function dueDocuments(tx: Tx, entity: Entity, changes: readonly Written[]): Promise<FollowUp[]> {
  const fromLists = changes.filter(({ view, change }) => change !== 'deleted' && view !== detailViewOf(entity))
  if (entity.details?.when !== 'changed' || fromLists.length === 0) return []
  const key = sql.ref(entity.id.column)
  const { rows } = await sql<{ id: string }>`
    select ${key} as id from ${sql.table(tableOf(entity))}
    where ${sql.ref(entity.details.dueColumn ?? 'detail_due')} and deleted_at is null
      and ${key} in (select value from jsonb_array_elements_text(${JSON.stringify(fromLists.map((each) => each.sourceEntityId))}::jsonb))`.execute(
    tx,
  )
  return rows.map(({ id }) => ({ entityType: entity.name, sourceEntityId: id, onlyLive: true }))
}

/**
 * Two sources of one row: a record that changed at its owner is read at the other source too; one that the other source
 * shows first, or no longer has, is for the owner to read.
 */
async function otherSources(
  tx: Tx,
  entities: Entities,
  entity: Entity,
  written: readonly WriteResult[],
): Promise<FollowUp[]> {
  if (entity.joins) {
    const owner = entity.joins.entity
    return written
      .filter(({ change, view }) => change === 'inserted' || view === '')
      .map(({ sourceEntityId }) => ({ entityType: owner, sourceEntityId }))
  }
  const joined = entities.list().filter(({ joins, read }) => joins?.entity === entity.name && read)
  const ids = written
    .filter(({ change, view }) => (change === 'inserted' || change === 'updated') && view === detailViewOf(entity))
    .map(({ sourceEntityId }) => sourceEntityId)
  for (const other of ids.length > 0 ? joined : []) await askForLines(tx, other, ids)
  return ids.flatMap((sourceEntityId) =>
    joined.map((other) => ({ entityType: other.name, sourceEntityId, onlyLive: true })),
  )
}

/** Lines that came after the second source was read are not filled by what it said then: its document is due again. */
async function askForLines(tx: Tx, other: Entity, ids: readonly string[]): Promise<void> {
  const due = other.details?.dueColumn
  for (const { table, owner, columns, mode } of other.children ?? []) {
    if (due === undefined || mode !== 'fill') continue
    const blank = sql.join(
      Object.keys(columns).map((name) => sql`c.${sql.ref(name)} is null`),
      sql` and `,
    )
    await sql`
      update ${sql.table(tableOf(other))} t set ${sql.ref(due)} = true
      where t.${sql.ref(other.id.column)} in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))
        and not t.${sql.ref(due)}
        and exists (select from ${sql.table(table)} c
          where c.${sql.ref(owner.reference)} = t.${sql.ref(other.id.column)} and c.deleted_at is null and ${blank})`.execute(
      tx,
    )
  }
}

/** Parents may have come in the same batch as their children, or just now from elsewhere; those need no read. */
async function stillMissing(tx: Tx, entities: Entities, parents: readonly FollowUp[]): Promise<FollowUp[]> {
  const missing: FollowUp[] = []
  for (const [entityType, group] of Map.groupBy(parents, (parent) => parent.entityType)) {
    const ids = [...new Set(group.map(({ sourceEntityId }) => sourceEntityId))]
    const parent = entities.get(entityType)
    const held = await heldIds(tx, parent, ids)
    await adoptChildren(tx, entities, parent, [...held])
    missing.push(...group.filter(({ sourceEntityId }) => !held.has(sourceEntityId)))
  }
  return missing
}

function toRequest(
  entities: Entities,
  { entityType, sourceEntityId, onlyLive }: FollowUp,
  cause: ClaimedItem | undefined,
): WorkRequest[] {
  const entity = entities.find(entityType)
  if (!entity || !cause || (onlyLive && cause.isBulk)) return []
  const priority = entity.lane === 'image' ? priorities.image : Math.max(cause.priority, priorities.stock)
  const runAfterMs = cause.priority >= priorities.full ? fullRestMs : 0
  const { isBulk } = cause
  return [{ entityType, sourceEntityId, lane: entity.lane, priority, isBulk, runAfterMs, ...inherited(cause) }]
}

/**
 * What a full run leaves to be read rests a while: the runs that read those records anyway come next in a full sync and
 * take them over, stock before pictures, in whole batches and under their own count. Where none comes they run then.
 */
const fullRestMs = 60_000

const inherited = ({ cause }: ClaimedItem) => (cause ? { cause } : {})

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
      ...inherited(cause),
    },
  ]
}
