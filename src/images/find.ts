import { type Db, sql } from '../../db/index.ts'
import { errorMessage } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import type { FolderIndex } from './folder-index.ts'
import { isItemId } from './names.ts'

export interface FindDeps {
  readonly db: Db
  readonly folder: FolderIndex
  readonly clock: Clock
  readonly log: Logger
  /** How long the database may take before the folder answers. @default 1000 */
  readonly patienceMs?: number
  /** How long the folder answers alone after the database did not. @default 5000 */
  readonly restMs?: number
}

/** The file name of an item's picture, or undefined: by the row, and by the folder while PostgreSQL is away. */
export type Find = (itemId: string) => Promise<string | undefined>

export function createFind({ db, folder, clock, log, patienceMs = 1000, restMs = 5000 }: FindDeps): Find {
  let askAgainAt = Number.NEGATIVE_INFINITY

  return async (itemId) => {
    if (!isItemId(itemId)) return undefined
    if (clock.now() < askAgainAt) return await folder.fileOf(itemId)
    try {
      return await fromRow(itemId)
    } catch (error) {
      askAgainAt = clock.now() + restMs
      log.warn({ reason: errorMessage(error) }, 'Images are found by the folder alone: the database did not answer')
      return await folder.fileOf(itemId)
    }
  }

  async function fromRow(itemId: string): Promise<string | undefined> {
    const answered = new AbortController()
    const query = sql<{ file_name: string }>`
      select file_name from product_images where zoho_item_id = ${itemId} and status = 'present'`.execute(db)
    const outOfPatience = clock.sleep(patienceMs, answered.signal).then(() => undefined)
    const result = await Promise.race([query, outOfPatience]).finally(() => answered.abort())
    // The query that came too late must not become an unhandled rejection.
    query.catch(() => undefined)
    if (!result) throw new Error(`no answer within ${patienceMs} ms`)
    return result.rows[0]?.file_name
  }
}
