import { type Db, sql } from '../../db/index.ts'
import type { ImageStatus } from './types.ts'

export interface RecheckFilter {
  readonly itemIds?: readonly string[]
  /** @default every status but `present` */
  readonly statuses?: readonly ImageStatus[]
}

/**
 * Forgets what was remembered about pictures that could not be shown, so that they are asked for once more (a cap was
 * raised, the picture was repaired in place). Answers the ids to enqueue.
 */
export async function recheck(db: Db, { itemIds, statuses }: RecheckFilter = {}): Promise<string[]> {
  const among =
    itemIds && sql`and zoho_item_id = any (array(select jsonb_array_elements_text(${JSON.stringify(itemIds)}::jsonb)))`
  const kinds = JSON.stringify(statuses ?? ['none', 'broken', 'refused', 'too_large'])
  const { rows } = await sql<{ zoho_item_id: string }>`
    delete from product_images
    where status = any (array(select jsonb_array_elements_text(${kinds}::jsonb))) and status <> 'present'
      and (image_document_id is not null or image_name is not null) ${among ?? sql``}
    returning zoho_item_id`.execute(db)
  return rows.map((row) => row.zoho_item_id)
}
