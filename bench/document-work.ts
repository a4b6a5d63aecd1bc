import { v7 as uuidv7 } from 'uuid'
import { type Db, inTransaction, parseJsonDigits, sql } from '../db/index.ts'
import type { Context } from '../src/context.ts'
import type { FieldContext, JsonObject } from '../src/entities/index.ts'
import { createWorkers, writeDocuments } from '../src/processors/index.ts'
import { enqueue, priorities } from '../src/queue/index.ts'
import type { PermitAnswer } from '../src/zoho/index.ts'

/** One record as a list page brought it. */
export interface ItemText {
  readonly id: string
  readonly text: string
}

const batchSize = 200
/** Batches at a time: what the write lane has. */
const lanes = 2

const fieldContext: FieldContext = {
  baseCurrency: 'IQD',
  nameArField: 'cf_name_ar',
  descriptionArField: 'cf_description_ar',
}

export async function emptyTables(db: Db): Promise<void> {
  await sql`
    truncate products, product_images, tds_sync_queue, tds_sync_documents, tds_sync_logs, tds_metrics restart identity cascade`.execute(
    db,
  )
}

/** What the write lane does to rows, without a queue around it. */
export async function upsertAlone(db: Db, ctx: Pick<Context, 'entities'>, texts: readonly ItemText[]): Promise<void> {
  const products = ctx.entities.get('products')
  const readAt = await databaseNow(db)
  const batches = batchesOf(texts).values()
  const drain = async () => {
    for (const batch of batches) {
      const documents = batch.map(({ id, text }) => ({
        sourceEntityId: id,
        view: 'list',
        document: parseJsonDigits(text) as JsonObject,
        readAt,
        readUntil: readAt,
      }))
      await inTransaction(db, (tx) => writeDocuments(tx, products, documents, fieldContext))
    }
  }
  await Promise.all(Array.from({ length: lanes }, drain))
}

/** As the sync does with the rows of a list page. */
export async function enqueueTexts(db: Db, texts: readonly ItemText[]): Promise<void> {
  const readAt = await databaseNow(db)
  for (const batch of batchesOf(texts)) {
    const requests = batch.map(({ id, text }) => ({
      entityType: 'products',
      sourceEntityId: id,
      lane: 'read' as const,
      priority: priorities.full,
      isBulk: true,
      document: { source: 'list', readAt, text },
    }))
    await inTransaction(db, (tx) => enqueue(tx, requests))
  }
}

/** Runs the service's workers until so many items are settled. */
export async function drainQueue(ctx: Context, count: number): Promise<void> {
  const { db, pool } = ctx.database
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const workers = createWorkers({
    db,
    pool,
    zoho: { ...ctx.zoho, acquire: deny },
    entities: ctx.entities,
    fieldContext: async () => fieldContext,
    processId: uuidv7(),
    clock: ctx.clock,
    log: ctx.log,
    imageConcurrency: 10,
    imagesPausedUntil: async () => null,
    loadImage: () => Promise.reject(new Error('No picture is loaded here')),
  })
  let settled = 0
  workers.onSettled((settlements) => {
    settled += settlements.length
    if (settled >= count) resolve()
  })
  const late = setTimeout(() => reject(new Error(`Only ${settled} of ${count} documents were settled`)), 180_000)
  workers.start()
  await promise.finally(async () => {
    clearTimeout(late)
    await workers.stop()
  })
}

/** The budget of this minute is spent, for ever: lanes that need calls rest. */
const deny = async (): Promise<PermitAnswer> => ({ retryAt: new Date(Date.now() + 3_600_000), reason: 'minute' })

export async function mustBeWritten(db: Db, count: number): Promise<void> {
  const { rows } = await sql<{ rows: number; settled: number }>`
    select (select count(*) from products) as rows,
      (select count(*) from tds_sync_queue where status = 'completed' and outcome = 'written') as settled`.execute(db)
  const [found] = rows
  if (found?.rows === count && found.settled === count) return
  throw new Error(`${count} documents were queued; written: ${JSON.stringify(found)}`)
}

function batchesOf(texts: readonly ItemText[]): ItemText[][] {
  return Array.from({ length: Math.ceil(texts.length / batchSize) }, (_, at) =>
    texts.slice(at * batchSize, (at + 1) * batchSize),
  )
}

async function databaseNow(db: Db): Promise<string> {
  const { rows } = await sql<{ now: string }>`select clock_timestamp()::text as now`.execute(db)
  return rows[0]?.now ?? ''
}
