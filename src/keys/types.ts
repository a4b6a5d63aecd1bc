import type { Scope } from './scopes.ts'

export type KeyState = 'live' | 'expired' | 'revoked'

/** A key as people see it: everything but its secret, which nobody can see. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly state: KeyState
  readonly created_at: Date
  readonly created_by: string
  readonly expires_at: Date | null
  /** Exact to a minute. */
  readonly last_used_at: Date | null
  readonly revoked_at: Date | null
  readonly revoked_by: string | null
  readonly revoke_reason: string | null
  /** The key that this one takes the place of. */
  readonly rotated_from: string | null
}

/** The only answer that holds the token: it is stored nowhere. */
export interface KeyWithToken extends ApiKey {
  readonly token: string
}

export interface KeyPage {
  readonly items: readonly ApiKey[]
  readonly total: number
  readonly next: string | null
}

/** Who asks for a change of keys, and what he may hand on. */
export interface Requester {
  readonly actor: string
  readonly scopes: readonly Scope[]
  readonly requestId?: string | undefined
}

export interface NewKey {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Undefined: until it is revoked. */
  readonly expiresAt?: Date | undefined
  readonly reason?: string | undefined
}

export interface Rotation {
  /** How long the old key goes on beside the new one, in hours; 0 ends it at once. @default 24 */
  readonly overlapHours?: number | undefined
  readonly reason?: string | undefined
}
