import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type Dispatcher, request } from 'undici'
import { errorCode, TdsError } from '../errors.ts'
import { type CallFacts, zohoError } from './errors.ts'
import type { HeaderBag } from './headers.ts'

export interface HttpRequest {
  readonly dispatcher: Dispatcher
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** For the whole exchange, last byte of the body included. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal
  /** Of the body, unpacked. */
  readonly maxBytes: number
  readonly facts: CallFacts
}

export interface HttpReply {
  readonly status: number
  readonly headers: HeaderBag
  readonly bytes: Buffer
}

/**
 * One request and its whole reply. Redirects are replies like others.
 * @throws TdsError `ZOHO_TIMEOUT`, `ZOHO_NETWORK`, `ZOHO_TRUNCATED`, `ZOHO_TOO_LARGE`; the signal's reason if that aborted
 */
export async function exchange(options: HttpRequest): Promise<HttpReply> {
  const timeout = AbortSignal.timeout(Math.max(1, Math.floor(options.deadlineMs)))
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout
  let isAnswered = false
  try {
    const { dispatcher, method, body = null } = options
    const headers = { 'accept-encoding': 'gzip', ...options.headers }
    const reply = await request(options.url, { dispatcher, method, headers, body, signal })
    isAnswered = true
    const bytes = await readAll(unpacked(reply), options)
    return { status: reply.statusCode, headers: reply.headers, bytes }
  } catch (error) {
    if (error instanceof TdsError) throw error
    if (options.signal?.aborted) throw options.signal.reason
    throw transportError(error, { timedOut: timeout.aborted, isAnswered, facts: options.facts })
  }
}

function unpacked({ body, headers }: Dispatcher.ResponseData): Readable {
  if (headers['content-encoding'] !== 'gzip') return body
  // The pipeline hands a failure of either end to the one that is read; nothing is left to do here.
  return pipeline(body, createGunzip(), () => {})
}

async function readAll(body: Readable, { maxBytes, facts }: HttpRequest): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    // Leaving the loop destroys the stream and with it the connection: the rest is never received.
    if (size > maxBytes) throw zohoError('ZOHO_TOO_LARGE', facts, { detail: { maxBytes } })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

const timeouts = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])
/** The service stops. */
const ended = new Set(['UND_ERR_DESTROYED', 'UND_ERR_CLOSED'])

function transportError(
  cause: unknown,
  { timedOut, isAnswered, facts }: { timedOut: boolean; isAnswered: boolean; facts: CallFacts },
): TdsError {
  const detail = { cause: errorCode(cause) }
  if (ended.has(errorCode(cause))) return zohoError('ZOHO_CLOSED', facts, { cause })
  if (timedOut || timeouts.has(errorCode(cause))) return zohoError('ZOHO_TIMEOUT', facts, { cause, detail })
  return zohoError(isAnswered ? 'ZOHO_TRUNCATED' : 'ZOHO_NETWORK', facts, { cause, detail })
}
