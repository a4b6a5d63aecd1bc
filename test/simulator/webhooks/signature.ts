import { createHmac } from 'node:crypto'

export interface Signed {
  /** Pairs of the query string. */
  readonly query: Iterable<readonly [string, string]>
  /** Pairs of a form body, already URL-decoded. */
  readonly form?: Iterable<readonly [string, string]>
  /** The raw body, unless it is a form. */
  readonly body?: string
}

/** What Zoho signs: all pairs sorted by key, key then value without separators, then the raw body. */
export function stringToSign({ query, form = [], body = '' }: Signed): string {
  const pairs = [...query, ...form].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `${pairs.map(([key, value]) => `${key}${value}`).join('')}${body}`
}

/** Value of X-Zoho-Webhook-Signature. */
export function sign(signed: Signed, secret: string, encoding: 'hex' | 'base64'): string {
  return createHmac('sha256', secret).update(stringToSign(signed)).digest(encoding)
}
