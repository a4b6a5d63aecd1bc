import { sql, type Tx } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { inputError } from '../errors.ts'
import { insertKey, type Made, mayGrant } from './create.ts'
import { type KeyRow, stateOf } from './list.ts'
import { lockKey } from './lock.ts'
import { isScope } from './scopes.ts'
import type { Requester, Rotation } from './types.ts'

const hourMs = 3_600_000

export async function rotateKey(
  tx: Tx,
  id: string,
  { overlapHours = 24, reason }: Rotation,
  by: Requester,
  now: number,
): Promise<Made> {
  const old = await lockKey(tx, id)
  await mustBeRotatable(tx, old, now)
  const scopes = old.scopes.filter(isScope)
  // Its token goes to whoever asks, so this too hands out scopes.
  mayGrant(by, scopes)
  const expiresAt = old.expires_at ? new Date(now + old.expires_at.getTime() - old.created_at.getTime()) : undefined
  const made = await insertKey(tx, { name: old.name, scopes, expiresAt, by: by.actor, rotatedFrom: id })
  const endsAt = await endAfter(tx, id, new Date(now + overlapHours * hourMs))
  await record(tx, {
    action: 'key.rotate',
    subject: `key ${id}`,
    actor: by.actor,
    requestId: by.requestId,
    reason,
    affected: 2,
    before: { expires_at: old.expires_at },
    after: { expires_at: endsAt, successor: made.row.id },
  })
  return made
}

async function mustBeRotatable(tx: Tx, old: KeyRow, now: number): Promise<void> {
  const state = stateOf(old, now)
  if (state !== 'live') throw inputError('KEY_NOT_LIVE', `The key ${old.id} is ${state}; make a new one`, 409)
  const successors = await tx.selectFrom('tds_api_keys').selectAll().where('rotated_from', '=', old.id).execute()
  const successor = successors.find((each) => stateOf(each, now) === 'live')
  if (!successor) return
  const words = `The key ${old.id} was rotated to ${successor.id}; revoke that one first if its token was lost`
  throw inputError('KEY_ALREADY_ROTATED', words, 409)
}

/** Never later than it would have ended anyway; an end in its past is one a moment after its beginning. */
async function endAfter(tx: Tx, id: string, end: Date): Promise<Date | null> {
  const { expires_at } = await tx
    .updateTable('tds_api_keys')
    .set({
      expires_at: sql<Date>`greatest(least(expires_at, ${end}::timestamptz), created_at + interval '1 millisecond')`,
    })
    .where('id', '=', id)
    .returning('expires_at')
    .executeTakeFirstOrThrow()
  return expires_at
}
