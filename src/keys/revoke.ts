import { sql, type Tx } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import type { KeyRow } from './list.ts'
import { lockKey } from './lock.ts'
import type { Requester } from './types.ts'

export async function revokeKey(tx: Tx, id: string, reason: string | undefined, by: Requester): Promise<KeyRow> {
  const key = await lockKey(tx, id)
  if (key.revoked_at) return key
  const revoked = await tx
    .updateTable('tds_api_keys')
    .set({ revoked_at: sql<Date>`clock_timestamp()`, revoked_by: by.actor, revoke_reason: reason ?? null })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  await record(tx, {
    action: 'key.revoke',
    subject: `key ${id}`,
    actor: by.actor,
    requestId: by.requestId,
    reason,
    affected: 1,
    after: { revoked_at: revoked.revoked_at },
  })
  return revoked
}
