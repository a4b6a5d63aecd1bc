import { type Db, sql } from '../../db/index.ts'
import { parseFileName } from './names.ts'
import { entityType } from './types.ts'

/**
 * Of these file names, those that may go: no row names them and no worker has the item in hand, which between rename
 * and commit is the only time a file is rightly unnamed.
 */
export async function unnamed(db: Db, fileNames: readonly string[]): Promise<string[]> {
  if (fileNames.length === 0) return []
  const files = fileNames.flatMap((name) => {
    const parsed = parseFileName(name)
    return parsed ? [{ name, item_id: parsed.itemId }] : []
  })
  const { rows } = await sql<{ name: string }>`
    select f.name
    from jsonb_to_recordset(${JSON.stringify(files)}::jsonb) as f(name text, item_id text)
    where not exists (
        select from product_images i
        where i.zoho_item_id = f.item_id and i.file_name = f.name and i.status = 'present'
      )
      and not exists (
        select from tds_sync_queue_live q
        where q.entity_type = ${entityType} and q.source_entity_id = f.item_id and q.status = 'processing'
          and q.lease_until > clock_timestamp()
      )`.execute(db)
  return rows.map((row) => row.name)
}
