import { createHash, timingSafeEqual } from 'node:crypto'
import { decodeDigest, digest, type SignedRequest, sameDigest, signedParts } from './signature.ts'

export interface Credentials {
  /** Signing secrets; two while one is being replaced. */
  readonly secrets: readonly string[]
  readonly key: string | undefined
}

export interface AuthRequest extends SignedRequest {
  readonly signature: string | undefined
  /** `X-Webhook-Key`. */
  readonly keyHeader: string | undefined
}

export type AuthMethod = 'signature-hex' | 'signature-base64' | 'key-header' | 'key-query'
export type RefusalReason = 'not_configured' | 'missing' | 'malformed_signature' | 'wrong_signature' | 'wrong_key'
export type AuthAnswer = { readonly method: AuthMethod } | { readonly refused: RefusalReason }

/** One valid method suffices; nothing configured admits nobody. */
export function authenticate(request: AuthRequest, { secrets, key }: Credentials): AuthAnswer {
  if (secrets.length === 0 && key === undefined) return { refused: 'not_configured' }
  const method = bySignature(request, secrets) ?? byKey(request, key)
  return method ? { method } : { refused: whyRefused(request, { secrets, key }) }
}

function bySignature(request: AuthRequest, secrets: readonly string[]): AuthMethod | undefined {
  const given = request.signature === undefined ? undefined : decodeDigest(request.signature)
  if (!given || secrets.length === 0) return undefined
  const parts = signedParts(request)
  const matches = secrets.filter((secret) => sameDigest(digest(secret, parts), given.bytes))
  return matches.length > 0 ? `signature-${given.encoding}` : undefined
}

function byKey({ keyHeader, query }: AuthRequest, key: string | undefined): AuthMethod | undefined {
  if (key === undefined) return undefined
  if (keyHeader !== undefined && sameText(keyHeader, key)) return 'key-header'
  return queryKeys(query).some((given) => sameText(given, key)) ? 'key-query' : undefined
}

/** Hashing both sides first makes the comparison independent of their lengths. */
function sameText(a: string, b: string): boolean {
  const hashed = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hashed(a), hashed(b))
}

function queryKeys(query: AuthRequest['query']): string[] {
  return query.filter(([name]) => name === 'key').map(([, value]) => value)
}

function whyRefused(request: AuthRequest, { secrets, key }: Credentials): RefusalReason {
  const gaveKey = request.keyHeader !== undefined || queryKeys(request.query).length > 0
  if (request.signature !== undefined && secrets.length > 0) {
    return decodeDigest(request.signature) ? 'wrong_signature' : 'malformed_signature'
  }
  if (gaveKey && key !== undefined) return 'wrong_key'
  return 'missing'
}
