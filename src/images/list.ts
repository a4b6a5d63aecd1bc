import { type Db, sql } from '../../db/index.ts'
import type { ImageStatus } from './types.ts'

/** What is known of one item's picture, as people look at it. */
export interface ImageRow {
  readonly id: number
  readonly zoho_item_id: string
  readonly sku: string | null
  readonly name: string | null
  readonly status: ImageStatus
  readonly reason: string | null
  readonly file_name: string | null
  readonly image_url: string | null
  readonly content_type: string | null
  readonly bytes: number | null
  readonly width: number | null
  readonly height: number | null
  readonly synced_at: Date
}

export interface ImageListFilter {
  readonly status?: ImageStatus | undefined
  readonly zoho_item_id?: string | undefined
  readonly limit: number
  /** `next` of the page before. */
  readonly after?: number | undefined
}

export interface ImagePage {
  readonly items: readonly ImageRow[]
  readonly total: number
  readonly next: number | null
}

/** By the order in which they were first seen. */
export async function listImages(
  db: Db,
  { status, zoho_item_id, limit, after = 0 }: ImageListFilter,
): Promise<ImagePage> {
  const matching = sql`i.deleted_at is null
    ${status === undefined ? sql`` : sql`and i.status = ${status}`}
    ${zoho_item_id === undefined ? sql`` : sql`and i.zoho_item_id = ${zoho_item_id}`}`
  const [{ rows }, { rows: counted }] = await Promise.all([
    sql<ImageRow>`
      select i.id, i.zoho_item_id, p.sku, p.name, i.status, i.reason, i.file_name, p.image_url, i.content_type, i.bytes,
        i.width, i.height, i.synced_at
      from product_images i left join products p using (zoho_item_id)
      where ${matching} and i.id > ${after} order by i.id limit ${limit + 1}`.execute(db),
    sql<{ total: number }>`select count(*) as total from product_images i where ${matching}`.execute(db),
  ])
  const items = rows.slice(0, limit)
  return { items, total: counted[0]?.total ?? 0, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}
