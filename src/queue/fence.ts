import { sql, type Tx } from '../../db/index.ts'
import type { ClaimedItem } from './types.ts'

/**
 * Locks those of the claimed rows that are still ours, in key order, and returns them. Every effect and settle of the
 * transaction is for these alone: a lease that was lost meanwhile lets nothing through.
 */
export async function fence(tx: Tx, items: readonly ClaimedItem[]): Promise<ClaimedItem[]> {
  const { rows } = await sql<{ id: number }>`
    select q.id
    from tds_sync_queue_live q
    join jsonb_to_recordset(${leases(items)}::jsonb) as c(id bigint, token bigint) on q.id = c.id and q.lease_token = c.token
    where q.id = any (array(select id from jsonb_to_recordset(${leases(items)}::jsonb) as i(id bigint)))
      and q.status = 'processing'
    order by q.entity_type, q.source_entity_id
    for update of q`.execute(tx)
  const ours = new Set(rows.map((row) => row.id))
  return items.filter((item) => ours.has(item.id))
}

export const leases = (items: readonly ClaimedItem[]): string =>
  JSON.stringify(items.map((item) => ({ id: item.id, token: item.leaseToken })))
