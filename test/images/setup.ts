import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import type { Test } from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { TdsError } from '../../src/errors.ts'
import { createImages, type Images, type ImagesDeps, type ProcessOptions } from '../../src/images/index.ts'
import { createLog } from '../../src/log.ts'
import { systemClock } from '../../src/runtime/index.ts'
import type { BytesReply, CallOptions, Permit } from '../../src/zoho/types.ts'
import { testDatabase } from '../helpers/database.ts'

export const silent = createLog({ level: 'silent', pretty: false })
export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** What the picture endpoint answers next. */
export type Answer = Buffer | TdsError | { readonly bytes: Buffer; readonly contentType: string | null }

export interface Bench {
  readonly db: Db
  readonly dir: string
  readonly images: Images
  /** Calls made so far. */
  readonly calls: readonly CallOptions[]
  /** Permits given back unused. */
  readonly cancelled: () => number
  /** From now on, for every item; a promise holds the calls until it resolves. */
  answer(answer: Answer | Promise<Answer>): void
  product(itemId: string, version: { documentId?: string; imageName?: string; deleted?: boolean }): Promise<void>
  /** Processes, applies in a transaction and commits, as the worker does. */
  run(itemId: string, options?: Partial<ProcessOptions>): Promise<{ outcome: string; reason?: string | undefined }>
  process(itemId: string, options?: Partial<ProcessOptions>): ReturnType<Images['process']>
  files(): Promise<string[]>
  row(itemId: string): Promise<Record<string, unknown> | undefined>
  shown(itemId: string): Promise<{ image_url: string | null; images: unknown[]; synced_at: string } | undefined>
}

/** The images room over a real database and a folder of its own; Zoho's replies are made up unless `zoho` is given. */
export async function setUp(t: Test, zoho?: ImagesDeps['zoho']): Promise<Bench> {
  const { db } = await testDatabase(t)
  const dir = t.testdir({})
  const calls: CallOptions[] = []
  let cancelled = 0
  let next: Answer | Promise<Answer> = new TdsError('ZOHO_NOT_FOUND', 'permanent', 'no', {
    detail: { httpStatus: 404 },
  })

  const getBytes = async (call: CallOptions): Promise<BytesReply> => {
    calls.push(call)
    const reply = await next
    if (reply instanceof Error) throw reply
    const { bytes, contentType } = Buffer.isBuffer(reply) ? { bytes: reply, contentType: 'image/png' } : reply
    return { bytes, contentType, readAt: call.permit?.startedAt ?? '', calls: 1 }
  }
  const images = createImages({
    db,
    zoho: zoho ?? { getBytes },
    config: { dir, maxBytes: 20 * 1024 * 1024 },
    log: silent,
    clock: systemClock,
  })

  const permit = async (): Promise<Permit> => {
    const { rows } = await sql<{ now: string }>`select clock_timestamp()::text as now`.execute(db)
    const cancel = async () => void cancelled++
    return { id: 1, product: 'inventory', startedAt: rows[0]?.now ?? '', cancel }
  }
  const process: Bench['process'] = async (itemId, options) =>
    await images.process(
      { sourceEntityId: itemId },
      {
        permit: await permit(),
        holdsLease: async () => true,
        signal: new AbortController().signal,
        ...options,
      },
    )

  return {
    db,
    dir,
    images,
    calls,
    cancelled: () => cancelled,
    answer(answer) {
      next = answer
    },
    process,
    async run(itemId, options) {
      const effect = await process(itemId, options)
      await db.transaction().execute(async (tx) => effect.apply?.(tx))
      await effect.afterCommit?.()
      return { outcome: effect.outcome, reason: effect.reason }
    },
    files: async () => (await readdir(dir)).filter((name) => name !== '.tmp').sort(),
    product: (itemId, version) => writeProduct(db, itemId, version),
    async row(itemId) {
      const { rows } = await sql<Record<string, unknown>>`
        select * from product_images where zoho_item_id = ${itemId}`.execute(db)
      return rows[0]
    },
    async shown(itemId) {
      const { rows } = await sql<{ image_url: string | null; images: unknown[]; synced_at: string }>`
        select image_url, images, synced_at::text from products where zoho_item_id = ${itemId}`.execute(db)
      return rows[0]
    },
  }
}

/** What the products writer leaves of an item's picture. */
async function writeProduct(
  db: Db,
  itemId: string,
  { documentId, imageName, deleted = false }: { documentId?: string; imageName?: string; deleted?: boolean },
): Promise<void> {
  await sql`
    insert into products (zoho_item_id, name, image_document_id, image_name, deleted_at)
    values (${itemId}, 'A product', ${documentId ?? null}, ${imageName ?? null}, ${deleted ? sql`now()` : null})
    on conflict (zoho_item_id) do update set image_document_id = excluded.image_document_id,
      image_name = excluded.image_name, deleted_at = excluded.deleted_at`.execute(db)
}
