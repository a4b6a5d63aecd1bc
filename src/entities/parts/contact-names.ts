import { sql, type Tx } from '../../../db/index.ts'
import type { FollowUp, Written } from '../entity.ts'
import { isArabic } from './arabic.ts'

/**
 * List rows do not tell whether a contact has an Arabic name of its own, and the details of thousands of contacts come
 * over days: until its detail was read, a name in Arabic script is the Arabic name.
 */
export async function nameUnreadInArabic(tx: Tx, table: string, written: readonly Written[]): Promise<FollowUp[]> {
  const ids = written.flatMap(({ view, sourceEntityId }) => (view === 'list' ? [sourceEntityId] : []))
  if (ids.length === 0) return []
  const { rows } = await sql<{ id: number; name: string | null }>`
    select id, name from ${sql.table(table)}
    where zoho_contact_id in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))
      and name_ar is null and not hashes ? 'detail'`.execute(tx)
  const arabic = rows.flatMap(({ id, name }) => (isArabic(name) ? [id] : []))
  if (arabic.length > 0) await sql`update ${sql.table(table)} set name_ar = name where id = any (${arabic})`.execute(tx)
  return []
}
