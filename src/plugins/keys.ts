import { createHash, timingSafeEqual } from 'node:crypto'

/** What a key may do; each admin route names one of these. */
export const scopes = [
  'health:read',
  'stats:read',
  'payload:read',
  'dlq:read',
  'dlq:write',
  'queue:control',
  'run:start',
  'keys:admin',
] as const
export type Scope = (typeof scopes)[number]

export interface Key {
  /** Names the key in the audit trail and in rate limits; never the secret. */
  readonly id: string
  readonly scopes: readonly Scope[]
}

export interface Keys {
  /** The key a token belongs to, or null. */
  verify(token: string): Promise<Key | null>
}

/** The one key of the configuration, which may do everything; without it nobody gets in. */
export function createBootstrapKeys(secret: string | undefined): Keys {
  const expected = secret === undefined ? undefined : digest(secret)
  return {
    async verify(token) {
      if (!expected) return null
      return timingSafeEqual(digest(token), expected) ? { id: 'bootstrap', scopes } : null
    },
  }
}

/** Both sides hashed: equal lengths, so the comparison tells nothing by its time. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
