import { createHmac, timingSafeEqual } from 'node:crypto'

export type Pairs = ReadonlyArray<readonly [string, string]>

export interface SignedRequest {
  readonly query: Pairs
  readonly body: Buffer
  readonly contentType: string | undefined
}

export type DigestEncoding = 'hex' | 'base64'

/** The 32 bytes of a signature header, told apart by length; undefined when it is neither form. */
export function decodeDigest(header: string): { bytes: Buffer; encoding: DigestEncoding } | undefined {
  const text = header.trim()
  if (/^[0-9a-f]{64}$/i.test(text)) return { bytes: Buffer.from(text, 'hex'), encoding: 'hex' }
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return { bytes: Buffer.from(text, 'base64'), encoding: 'base64' }
  return undefined
}

export function digest(secret: string, parts: ReadonlyArray<string | Buffer>): Buffer {
  const hmac = createHmac('sha256', secret)
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}

export function sameDigest(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/**
 * What Zoho signs: query and form pairs sorted by key, key then value without separators, then the raw body. A form's
 * pairs join those of the query and no raw body follows.
 */
export function signedParts({ query, body, contentType }: SignedRequest): Array<string | Buffer> {
  if (!isForm(contentType)) return [glue(query), body]
  return [glue([...query, ...new URLSearchParams(body.toString('utf8'))])]
}

export function isForm(contentType: string | undefined): boolean {
  return /^\s*application\/x-www-form-urlencoded\b/i.test(contentType ?? '')
}

/** Sorted by code unit, as Java sorts strings; equal keys keep their order. */
export function glue(pairs: Pairs): string {
  return pairs
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => key + value)
    .join('')
}
