import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { type Db, sql } from '../../../db/index.ts'

export interface PictureFacts {
  /** Rows that name a file. */
  readonly present: number
  /** Pictures Zoho has and that cannot be used: broken, refused, too large. */
  readonly bad: number
  /** Files that were looked for and are not there. */
  readonly missing: number
}

const lookedAtOnce = 20
/** More of them say nothing new. */
const mostRemembered = 500

/**
 * Counts, and a round through the folder: each look tries the next few files the rows name, and those it did not find
 * before. A folder that was emptied shows at the first look, a single lost file within one round.
 */
export function createPictureFacts(imageDir: string): { read(db: Db): Promise<PictureFacts> } {
  const missing = new Map<string, string>()
  let after = ''

  return {
    async read(db) {
      const counts = await readCounts(db)
      const next = await readNames(db, sql`zoho_item_id > ${after} order by zoho_item_id limit ${lookedAtOnce}`)
      after = next.length < lookedAtOnce ? '' : (next.at(-1)?.zoho_item_id ?? '')
      const known =
        missing.size === 0 ? [] : await readNames(db, sql`zoho_item_id = any (${[...missing.keys()]}::text[])`)
      missing.clear()
      const looked = new Map([...known, ...next].map(({ zoho_item_id, file_name }) => [zoho_item_id, file_name]))
      for (const [id, file] of looked) {
        if (missing.size < mostRemembered && !(await isThere(join(imageDir, file)))) missing.set(id, file)
      }
      return { ...counts, missing: missing.size }
    },
  }
}

async function readCounts(db: Db): Promise<Pick<PictureFacts, 'present' | 'bad'>> {
  const { rows } = await sql<{ present: number; bad: number }>`
    select count(*) filter (where status = 'present') as present,
      count(*) filter (where status in ('broken', 'refused', 'too_large')) as bad
    from product_images where deleted_at is null`.execute(db)
  return rows[0] ?? { present: 0, bad: 0 }
}

async function readNames(db: Db, which: ReturnType<typeof sql>) {
  const { rows } = await sql<{ zoho_item_id: string; file_name: string }>`
    select zoho_item_id, file_name from product_images
    where status = 'present' and file_name is not null and deleted_at is null and ${which}`.execute(db)
  return rows
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
