import { createHash, hash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { EventRecord, IncomingWebhook } from './types.ts'

/** What will be stored of a webhook. Looks for bytes, parses nothing, cannot fail. */
export function toEventRecord(webhook: IncomingWebhook, now: number): EventRecord {
  const event = eventOf(webhook)
  return {
    eventId: uuidv7(),
    receivedAt: new Date(now).toISOString(),
    module: webhook.module,
    event,
    method: webhook.method,
    idempotencyKey: idempotencyKey(webhook.module, event, webhook.body),
    repeatable: webhook.body.includes('last_modified_time'),
    body: webhook.body,
    sha256: hash('sha256', webhook.body),
    contentType: webhook.contentType === undefined ? null : storable(webhook.contentType),
    headers: keptHeaders(webhook.headers),
    query: keptQuery(webhook.query),
    sourceAddress: webhook.sourceAddress,
    authMethod: webhook.authMethod,
    requestId: storable(webhook.requestId),
  }
}

/** `?event=` as configured in Zoho; a DELETE says it by its method. */
function eventOf({ query, method }: IncomingWebhook): string | null {
  const named = query
    .find(([name]) => name === 'event')?.[1]
    .trim()
    .toLowerCase()
  if (named) return storable(named).slice(0, 40)
  return method === 'DELETE' ? 'deleted' : null
}

function idempotencyKey(module: string, event: string | null, body: Buffer): string {
  return createHash('sha256')
    .update(`${module}\n${event ?? ''}\n`)
    .update(body)
    .digest('hex')
}

const headerAllowList = ['content-type', 'content-length', 'content-encoding', 'user-agent', 'x-request-id', 'date']

/** Named ones only: signatures, keys, cookies and what proxies add are nobody's business later. */
function keptHeaders(headers: IncomingWebhook['headers']): Record<string, string> {
  const kept = headerAllowList.flatMap((name) => {
    const value = headers[name]
    return value === undefined ? [] : [[name, storable(Array.isArray(value) ? value.join(', ') : String(value))]]
  })
  return Object.fromEntries(kept)
}

function keptQuery(query: IncomingWebhook['query']): EventRecord['query'] {
  const kept = Map.groupBy(
    query.filter(([name]) => name !== 'key'),
    ([name]) => storable(name),
  )
  return Object.fromEntries(
    [...kept].map(([name, pairs]) => {
      const values = pairs.map(([, value]) => storable(value))
      return [name, values.length === 1 && values[0] !== undefined ? values[0] : values]
    }),
  )
}

/** PostgreSQL text and jsonb hold neither NUL nor half a surrogate pair. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}
