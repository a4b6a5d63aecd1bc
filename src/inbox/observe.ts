import type { AuthRequest, Credentials } from './authenticate.ts'
import { decodeDigest, digest, glue, isForm, type SignedRequest, sameDigest, signedParts } from './signature.ts'

/**
 * For an administrator who sets webhooks up: in words, which way of signing a refused request would have matched. It
 * is only ever logged; a request that matches here is still refused.
 */
export function observe(request: AuthRequest, { secrets, key }: Credentials): string {
  if (request.signature === undefined) return withoutSignature(request, { secrets, key })
  if (secrets.length === 0) return 'signed, but no TDS_WEBHOOK_SECRET is configured'
  const given = decodeDigest(request.signature)
  if (!given) return 'the signature is neither hex (64 characters) nor Base64 (44)'
  for (const [name, parts] of Object.entries(otherWays(request))) {
    const at = secrets.findIndex((secret) => sameDigest(digest(secret, parts), given.bytes))
    if (at >= 0) return `${given.encoding} signature over ${name} matches secret ${at + 1}`
  }
  return `${given.encoding} signature matches no way of signing with the configured secrets: most likely another secret`
}

function withoutSignature(request: AuthRequest, { secrets, key }: Credentials): string {
  const gaveKey = request.keyHeader !== undefined || request.query.some(([name]) => name === 'key')
  if (gaveKey && key === undefined) return 'a key was sent, but no TDS_WEBHOOK_KEY is configured'
  if (gaveKey) return 'a key was sent, but it is not the configured one'
  return secrets.length > 0 ? 'no signature and no key was sent' : 'no key was sent'
}

function otherWays(request: SignedRequest): Record<string, Array<string | Buffer>> {
  const { query, body, contentType } = request
  const without = (name: string) => query.filter(([key]) => key !== name)
  return {
    'the query and the body': signedParts(request),
    'the body only': [body],
    'the query without key, then the body': signedParts({ ...request, query: without('key') }),
    'the query without event, then the body': signedParts({ ...request, query: without('event') }),
    'the query only': [glue(query)],
    'the query in the order of the URL, then the body': [query.map(([key, value]) => key + value).join(''), body],
    ...(isForm(contentType) && { 'the query, then the raw form body': [glue(query), body] }),
  }
}
