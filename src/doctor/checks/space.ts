import { sql } from '../../../db/index.ts'
import { oneRow, readOnly } from '../read-only.ts'
import { type Check, ok, warning } from '../types.ts'
import { size } from '../words.ts'

interface Space {
  readonly database: number
  readonly queue: number
  readonly live: number
  readonly dead: number
}

/** The live part of the queue is rewritten all day and must stay small. */
export const space: Check = {
  name: 'space',
  needs: 'database',
  anchor: 'stuck',
  async look({ db }) {
    const { database, queue, live, dead } = await readOnly(db, (tx) =>
      oneRow(
        tx,
        sql<Space>`
          select pg_database_size(current_database()) as database,
            coalesce(pg_total_relation_size(to_regclass('tds_sync_queue_live')), 0) as queue,
            coalesce((select n_live_tup from pg_stat_user_tables where relid = to_regclass('tds_sync_queue_live')), 0) as live,
            coalesce((select n_dead_tup from pg_stat_user_tables where relid = to_regclass('tds_sync_queue_live')), 0) as dead`,
      ),
    )
    const words = `database ${size(database)}; live part of the queue ${size(queue)}, about ${live} rows, ${dead} dead`
    const isBloated = queue > 128_000_000 && queue / Math.max(1, live) > 20_000
    if (!isBloated && dead < 100_000 + 5 * live) return [ok(words)]
    return [
      warning(
        `${words}: bloated`,
        'end long transactions first; then vacuum tds_sync_queue_live; and, in a quiet hour, vacuum full of it',
      ),
    ]
  },
}
