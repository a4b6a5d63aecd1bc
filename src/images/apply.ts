import { sql, type Tx } from '../../db/index.ts'
import { publicUrl, versionOf } from './names.ts'
import { sameVersion, versionFrom } from './state.ts'
import type { Fact } from './types.ts'

export interface Finding {
  readonly itemId: string
  readonly fact: Fact
  /** Start of the read by the database clock, as text; an older finding never replaces a newer one. */
  readonly readAt: string
}

/**
 * Writes the fact and what the product shows of it, unless Zoho's picture is another one by now or a later read was
 * written: then nothing is written and the answer is false. Run it in the transaction that settles the item.
 */
export async function applyFinding(tx: Tx, finding: Finding): Promise<boolean> {
  const product = await lockProduct(tx, finding.itemId)
  const wanted = product?.deleted_at === null ? versionFrom(product.image_document_id, product.image_name) : null
  if (!sameVersion(wanted, finding.fact.version)) return false
  if (!(await writeFact(tx, finding, product))) return false
  await showOnProduct(tx, finding)
  return true
}

interface ProductRow {
  id: number
  image_document_id: string | null
  image_name: string | null
  deleted_at: Date | null
}

/** Holds the product's picture columns still until the commit. */
async function lockProduct(tx: Tx, itemId: string): Promise<ProductRow | undefined> {
  const { rows } = await sql<ProductRow>`
    select id, image_document_id, image_name, deleted_at from products
    where zoho_item_id = ${itemId}
    for no key update`.execute(tx)
  return rows[0]
}

async function writeFact(tx: Tx, { itemId, fact, readAt }: Finding, product: ProductRow | undefined): Promise<boolean> {
  const picture = fact.status === 'present' ? fact : undefined
  const reason = fact.status === 'present' ? null : fact.reason
  const { rows } = await sql`
    insert into product_images as i
      (zoho_item_id, product_id, image_document_id, image_name, status, reason, file_name, sha256, bytes, content_type,
       width, height, zoho_read_at, synced_at, deleted_at)
    values
      (${itemId}, ${product?.id ?? null}, ${fact.version?.documentId ?? null}, ${fact.version?.imageName ?? null},
       ${fact.status}, ${reason}, ${picture?.fileName ?? null}, ${picture?.sha256 ?? null}, ${picture?.bytes ?? null},
       ${picture?.contentType ?? null}, ${picture?.width ?? null}, ${picture?.height ?? null}, ${readAt}::timestamptz,
       clock_timestamp(), ${product?.deleted_at ?? null})
    on conflict (zoho_item_id) do update set
      product_id = excluded.product_id, image_document_id = excluded.image_document_id, image_name = excluded.image_name,
      status = excluded.status, reason = excluded.reason, file_name = excluded.file_name, sha256 = excluded.sha256,
      bytes = excluded.bytes, content_type = excluded.content_type, width = excluded.width, height = excluded.height,
      zoho_read_at = excluded.zoho_read_at, synced_at = excluded.synced_at, deleted_at = excluded.deleted_at
    where i.zoho_read_at <= excluded.zoho_read_at
    returning i.id`.execute(tx)
  return rows.length === 1
}

/** `image_url` and `images` are derived; `synced_at` moves only when they do. */
async function showOnProduct(tx: Tx, { itemId, fact }: Finding): Promise<void> {
  const url = fact.status === 'present' ? publicUrl(fact.fileName) : null
  await sql`
    update products set image_url = ${url}, images = ${shownImages(fact)}::jsonb, synced_at = clock_timestamp()
    where zoho_item_id = ${itemId}
      and (image_url, images) is distinct from (${url}::text, ${shownImages(fact)}::jsonb)`.execute(tx)
}

function shownImages(fact: Fact): string {
  if (fact.status !== 'present') return '[]'
  const { fileName, contentType, width, height, sha256, bytes } = fact
  const url = `${publicUrl(fileName)}?v=${versionOf(sha256)}`
  return JSON.stringify([{ url, content_type: contentType, width, height, sha256, bytes }])
}
