import type { Tx } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { inputError } from '../errors.ts'
import type { KeyRow } from './list.ts'
import type { Scope } from './scopes.ts'
import { hashOf, newToken, writeToken } from './token.ts'
import type { NewKey, Requester } from './types.ts'

export interface Made {
  readonly row: KeyRow
  readonly token: string
}

export async function createKey(tx: Tx, key: NewKey, by: Requester, now: number): Promise<Made> {
  mayGrant(by, key.scopes)
  mustComeYet(key.expiresAt, now)
  const made = await insertKey(tx, { ...key, by: by.actor, rotatedFrom: null })
  await record(tx, {
    action: 'key.create',
    subject: `key ${made.row.id}`,
    actor: by.actor,
    requestId: by.requestId,
    reason: key.reason,
    affected: 1,
    after: { name: key.name, scopes: made.row.scopes, expires_at: made.row.expires_at },
  })
  return made
}

export interface Insertion extends NewKey {
  readonly by: string
  readonly rotatedFrom: string | null
}

export async function insertKey(tx: Tx, { name, scopes, expiresAt, by, rotatedFrom }: Insertion): Promise<Made> {
  const token = newToken()
  const row = await tx
    .insertInto('tds_api_keys')
    .values({
      id: token.id,
      name,
      hash: hashOf(token.secret),
      scopes: [...new Set(scopes)],
      created_by: by,
      expires_at: expiresAt ?? null,
      rotated_from: rotatedFrom,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { row, token: writeToken(token) }
}

/** Nobody makes a key that may do more than he may himself. */
export function mayGrant(by: Requester, wanted: readonly Scope[]): void {
  const missing = wanted.filter((scope) => !by.scopes.includes(scope))
  if (missing.length === 0) return
  throw inputError('SCOPE_NOT_HELD', `Your key does not have ${missing.join(', ')}, so it cannot grant it`, 403)
}

export function mustComeYet(expiresAt: Date | undefined, now: number): void {
  if (expiresAt && expiresAt.getTime() <= now)
    throw inputError('KEY_EXPIRY_PAST', `The key would have expired at ${expiresAt.toISOString()}`)
}
