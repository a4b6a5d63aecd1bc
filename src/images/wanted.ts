import { type Db, sql, type Tx } from '../../db/index.ts'
import { publicPrefix } from './names.ts'

export interface WantedPage {
  /** Ids after this one. */
  readonly after?: string
  /** @default 10_000 */
  readonly limit?: number
}

/**
 * Ids of the items whose picture needs work, in id order: Zoho's picture is not the one a fact exists about, or the
 * product does not show what the fact says. Of `itemIds` alone where given. No call is made to find out.
 */
export async function wanted(source: Db | Tx, itemIds?: readonly string[], page: WantedPage = {}): Promise<string[]> {
  const { after = '', limit = 10_000 } = page
  if (itemIds?.length === 0) return []
  const among =
    itemIds &&
    sql`and p.zoho_item_id = any (array(select jsonb_array_elements_text(${JSON.stringify(itemIds)}::jsonb)))`
  const { rows } = await sql<{ zoho_item_id: string }>`
    select p.zoho_item_id
    from products p
      left join product_images i on i.zoho_item_id = p.zoho_item_id
    where p.zoho_item_id > ${after} ${among ?? sql``}
      and (
        (case when p.deleted_at is null then nullif(p.image_document_id, '') end) is distinct from i.image_document_id
        or (case when p.deleted_at is null then nullif(p.image_name, '') end) is distinct from i.image_name
        or p.image_url is distinct from (case when i.status = 'present' then ${publicPrefix} || i.file_name end)
      )
    order by p.zoho_item_id
    limit ${limit}`.execute(source)
  return rows.map((row) => row.zoho_item_id)
}
