import { v7 as uuidv7 } from 'uuid'
import { type Db, sql } from '../../db/index.ts'
import {
  type ClaimedItem,
  claim,
  complete,
  type Enqueued,
  enqueue,
  fence,
  type Lane,
  type Outcome,
  type WorkRequest,
} from '../../src/queue/index.ts'

/** A process id, as leases name their owner. */
export const someone = (): string => uuidv7()

export const request = (sourceEntityId: string, more: Partial<WorkRequest> = {}): WorkRequest => ({
  entityType: 'products',
  sourceEntityId,
  lane: 'read',
  priority: 5,
  ...more,
})

/** A request that carries what a list page showed, read at the given instant. */
export const documented = (
  sourceEntityId: string,
  document: unknown,
  readAt = '2026-01-01T00:00:00Z',
  more: Partial<WorkRequest> = {},
): WorkRequest =>
  request(sourceEntityId, { document: { source: 'list', readAt, text: JSON.stringify(document) }, ...more })

export const put = (db: Db, ...requests: WorkRequest[]): Promise<readonly Enqueued[]> =>
  db.transaction().execute((tx) => enqueue(tx, requests))

export const take = (db: Db, owner: string, limit = 10, lane: Lane = 'read'): Promise<ClaimedItem[]> =>
  claim(db, { lane, owner, limit })

/** Fence and complete in one transaction, as the workers do; answers the items that were still ours. */
export function finish(
  db: Db,
  items: readonly ClaimedItem[],
  outcome: Exclude<Outcome, 'failed'> = 'written',
): Promise<ClaimedItem[]> {
  return db.transaction().execute(async (tx) => {
    const ours = await fence(tx, items)
    await complete(
      tx,
      ours.map((item) => ({ item, outcome })),
      0,
    )
    return ours
  })
}

export async function rowsOf(db: Db): Promise<Record<string, unknown>[]> {
  const { rows } = await sql<Record<string, unknown>>`select * from tds_sync_queue order by id`.execute(db)
  return rows
}

/** A run to count for, open and owned by nobody in particular. */
export async function newRun(db: Db, fetched = 0): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into tds_sync_runs (entity_type, mode, fetched, status) values ('products', 'full', ${fetched}, 'read') returning id`.execute(
    db,
  )
  return rows[0]?.id ?? 0
}
