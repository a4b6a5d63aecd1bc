import { type Db, sql } from '../../db/index.ts'
import type { Lane } from '../queue/index.ts'
import type { Denial } from '../zoho/index.ts'

/** Minute and concurrency waits end within the minute, a pause when a person says so; the others last until something else happens. */
export function isLongWait({ reason }: Denial): boolean {
  return reason !== 'minute' && reason !== 'concurrency' && reason !== 'paused'
}

/** Puts off what is due of one entity until calls are allowed again: waiting, not failing, and no attempt spent. */
export async function snoozeDue(db: Db, lane: Lane, entityType: string, { retryAt, reason }: Denial): Promise<void> {
  await sql`
    update tds_sync_queue_live set
      status = 'pending', next_retry_at = null, wait_reason = ${reason},
      run_at = greatest(${retryAt.toISOString()}::timestamptz, clock_timestamp() + interval '100 ms')
    where id in (
      select id from tds_sync_queue_live
      where lane = ${lane} and entity_type = ${entityType} and status in ('pending', 'failed') and run_at <= clock_timestamp()
      order by entity_type, source_entity_id
      for update skip locked)`.execute(db)
}
