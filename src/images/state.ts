import { type Db, sql } from '../../db/index.ts'
import type { Fact, ImageStatus, Version } from './types.ts'

/** What the database says about one item's picture. */
export interface ItemState {
  /** Undefined where there is no product, or only its tombstone. */
  readonly product: { readonly imageUrl: string | null; readonly imageSha256: string | null } | undefined
  /** The picture Zoho has; null for none, and for a product that is gone. */
  readonly wanted: Version | null
  readonly fact: Fact | undefined
  /** Of the decision, by the database clock, as text with microseconds. */
  readonly readAt: string
}

interface Row {
  product_id: number | null
  product_document_id: string | null
  product_image_name: string | null
  image_url: string | null
  image_sha256: string | null
  status: ImageStatus | null
  image_document_id: string | null
  image_name: string | null
  reason: string | null
  file_name: string | null
  sha256: string | null
  bytes: number | null
  content_type: string | null
  width: number | null
  height: number | null
  read_at: string
}

export async function readState(db: Db, itemId: string): Promise<ItemState> {
  const { rows } = await sql<Row>`
    select p.id as product_id, p.image_document_id as product_document_id, p.image_name as product_image_name,
      p.image_url, p.images -> 0 ->> 'sha256' as image_sha256,
      i.status, i.image_document_id, i.image_name, i.reason, i.file_name, i.sha256, i.bytes, i.content_type, i.width, i.height,
      clock_timestamp()::text as read_at
    from (select ${itemId}::text as zoho_item_id) k
      left join products p on p.zoho_item_id = k.zoho_item_id and p.deleted_at is null
      left join product_images i on i.zoho_item_id = k.zoho_item_id`.execute(db)
  const row = rows[0]
  if (!row) throw new Error('A select without a where clause answered no row')
  return {
    product: row.product_id === null ? undefined : { imageUrl: row.image_url, imageSha256: row.image_sha256 },
    wanted: versionFrom(row.product_document_id, row.product_image_name),
    fact: factFrom(row),
    readAt: row.read_at,
  }
}

/** Zoho writes "" where there is none. */
export function versionFrom(documentId: string | null, imageName: string | null): Version | null {
  const version = { documentId: documentId || null, imageName: imageName || null }
  return version.documentId === null && version.imageName === null ? null : version
}

export const sameVersion = (one: Version | null, other: Version | null): boolean =>
  one?.documentId === other?.documentId && one?.imageName === other?.imageName

function factFrom(row: Row): Fact | undefined {
  if (row.status === null) return undefined
  const version = versionFrom(row.image_document_id, row.image_name)
  const { file_name: fileName, sha256, content_type: contentType } = row
  // The table's check constraint says these three are there when the picture is.
  if (row.status === 'present' && fileName !== null && sha256 !== null && contentType !== null) {
    const { width, height } = row
    return { status: 'present', version, fileName, sha256, contentType, bytes: row.bytes ?? 0, width, height }
  }
  return { status: row.status === 'present' ? 'none' : row.status, version, reason: row.reason }
}
