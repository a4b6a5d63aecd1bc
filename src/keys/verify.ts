import { timingSafeEqual } from 'node:crypto'
import { type Db, sql } from '../../db/index.ts'
import { errorCode, TdsError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import { bootstrapCheck } from './bootstrap.ts'
import { createKeyCache } from './cache.ts'
import { isScope, type Scope, scopes } from './scopes.ts'
import { hashOf, readToken } from './token.ts'

/** Whose key it is. */
export interface Identity {
  /** Names the key in the audit trail and in rate limits; never the secret. */
  readonly id: string
  readonly scopes: readonly Scope[]
}

export interface Verifier {
  /**
   * The key a token belongs to; null for none that is live. The key of the configuration needs no database.
   * @throws TdsError `KEYS_AWAY` when stored keys cannot be read
   */
  verify(token: string): Promise<Identity | null>
  /** The next request with this key asks the database. */
  forget(id: string): void
}

export interface VerifierDeps {
  readonly db: Db
  readonly bootstrapKey: string | undefined
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Logger, 'warn'>
}

interface StoredKey {
  readonly id: string
  readonly hash: Buffer
  readonly scopes: readonly string[]
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
  lastUsedAt: number
}

const useNotedEveryMs = 60_000

/** A database that hangs must not keep everybody waiting who has a key: health above all is asked then. */
const loadMs = 2_000
const noteMs = 500

export function createVerifier({ db, bootstrapKey, clock, log }: VerifierDeps): Verifier {
  const isBootstrap = bootstrapCheck(bootstrapKey)
  const cache = createKeyCache((id) => load(db, id), clock)
  return {
    forget: cache.forget,
    async verify(text) {
      if (isBootstrap(text)) return { id: 'bootstrap', scopes }
      const token = readToken(text)
      if (!token) return null
      const key = await cache.get(token.id)
      if (!key || !timingSafeEqual(hashOf(token.secret), key.hash) || !isLive(key, clock.now())) return null
      await noteUse(key)
      return { id: key.id, scopes: key.scopes.filter(isScope) }
    },
  }

  /** A key whose use cannot be noted is still a key. */
  async function noteUse(key: StoredKey): Promise<void> {
    const now = clock.now()
    if (now - key.lastUsedAt < useNotedEveryMs) return
    key.lastUsedAt = now
    await within(noteMs, touch(db, key.id)).catch((error: unknown) =>
      log.warn({ key: key.id, code: errorCode(error) }, 'the use of a key could not be noted'),
    )
  }
}

const isLive = ({ revoked_at, expires_at }: StoredKey, now: number): boolean =>
  revoked_at === null && (expires_at === null || expires_at.getTime() > now)

async function load(db: Db, id: string): Promise<StoredKey | undefined> {
  const read = db
    .selectFrom('tds_api_keys')
    .select(['id', 'hash', 'scopes', 'expires_at', 'revoked_at', 'last_used_at'])
    .where('id', '=', id)
    .executeTakeFirst()
  const row = await within(loadMs, read).catch((cause: unknown) => {
    const words = 'Stored keys cannot be read while the database is away; the key of the configuration can be used'
    throw new TdsError('KEYS_AWAY', 'transient', words, { cause })
  })
  return row && { ...row, lastUsedAt: row.last_used_at?.getTime() ?? 0 }
}

/** What has not ended by then goes on unheard. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  try {
    return await Promise.race([work, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** Of many processes, one writes in a minute. */
async function touch(db: Db, id: string): Promise<void> {
  await sql`
    update tds_api_keys set last_used_at = clock_timestamp()
    where id = ${id} and (last_used_at is null or last_used_at <= clock_timestamp() - interval '1 minute')`.execute(db)
}
