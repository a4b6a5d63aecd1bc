import { inTransaction } from '../../db/index.ts'
import { createKey } from './create.ts'
import { type KeyListOptions, listKeys, toApiKey } from './list.ts'
import { revokeKey } from './revoke.ts'
import { rotateKey } from './rotate.ts'
import type { ApiKey, KeyPage, KeyWithToken, NewKey, Requester, Rotation } from './types.ts'
import { createVerifier, type Verifier, type VerifierDeps } from './verify.ts'

export interface Keys extends Pick<Verifier, 'verify'> {
  /** Newest first. */
  list(options: KeyListOptions): Promise<KeyPage>
  /** @throws TdsError `SCOPE_NOT_HELD`, `KEY_EXPIRY_PAST` */
  create(key: NewKey, by: Requester): Promise<KeyWithToken>
  /**
   * A second key of the same name, scopes and lifetime; the old one goes on for the overlap.
   * @throws TdsError `KEY_NOT_FOUND`, `KEY_NOT_LIVE`, `KEY_ALREADY_ROTATED`, `SCOPE_NOT_HELD`
   */
  rotate(id: string, rotation: Rotation, by: Requester): Promise<KeyWithToken>
  /** Ends a key: here at once, in other processes within two seconds. Again changes nothing. @throws TdsError `KEY_NOT_FOUND` */
  revoke(id: string, options: { readonly reason?: string | undefined }, by: Requester): Promise<ApiKey>
}

/** The keys of the API: one of the configuration, which may do everything, and those that people make. */
export function createKeys(deps: VerifierDeps): Keys {
  const { db, clock } = deps
  const { verify, forget } = createVerifier(deps)
  return {
    verify,
    list: (options) => listKeys(db, options, clock.now()),
    async create(key, by) {
      const { row, token } = await inTransaction(db, (tx) => createKey(tx, key, by, clock.now()))
      return { ...toApiKey(row, clock.now()), token }
    },
    async rotate(id, rotation, by) {
      const { row, token } = await inTransaction(db, (tx) => rotateKey(tx, id, rotation, by, clock.now()))
      forget(id)
      return { ...toApiKey(row, clock.now()), token }
    },
    async revoke(id, { reason }, by) {
      const row = await inTransaction(db, (tx) => revokeKey(tx, id, reason, by))
      forget(id)
      return toApiKey(row, clock.now())
    },
  }
}
