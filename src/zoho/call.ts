import type { Dispatcher } from 'undici'
import type { JsonObject } from '../../db/index.ts'
import { errorCode, type TdsError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import { apiHostOf } from './api-host.ts'
import type { ClockWatch } from './clock-watch.ts'
import { readEnvelope } from './envelope.ts'
import { answerError, zohoError } from './errors.ts'
import { retryAfterSeconds } from './headers.ts'
import { exchange, type HttpReply } from './http.ts'
import type { Permits } from './permits.ts'
import type { Recorder } from './record.ts'
import type { Timing } from './timing.ts'
import type { Token } from './token.ts'
import type { CallOptions, CallOutcome, Permit, Product } from './types.ts'

export interface CallerOptions {
  readonly dispatcher: Dispatcher
  readonly apiUrl: string
  readonly apiDomains: readonly string[]
  readonly organizationId: string
  readonly permits: Permits
  readonly record: Recorder
  readonly timing: Timing
  readonly clock: Clock
  readonly log: Logger
  readonly announce: (outcome: CallOutcome) => void
  readonly clockWatch: ClockWatch
}

/** What one call is made with. */
export interface Means {
  readonly permit: Permit
  readonly token: Token
  /** Set where a file is wanted in place of an envelope. */
  readonly fileMaxBytes?: number
  /** JSON to send; without, the call only reads. */
  readonly send?: string
}

export interface Content {
  /** Zoho's envelope; empty where a file came. */
  readonly body: JsonObject
  readonly bytes: Buffer
  readonly contentType: string | null
  /** Zoho's clock, from its `date` header. */
  readonly date: string | null
}

/**
 * One HTTP call under one permit, recorded and told whatever becomes of it.
 * @throws TdsError with a `ZOHO_*` code; the signal's reason if that aborted
 */
export type Caller = (call: CallOptions, means: Means) => Promise<Content>

const jsonMaxBytes = 64 * 1024 * 1024
const basePaths: { readonly [P in Product]: string } = { books: '/books/v3', inventory: '/inventory/v1' }

export function createCaller(parts: CallerOptions): Caller {
  const { clock, timing, log } = parts

  return async (call, means) => {
    const expiresAt = await parts.permits.spend(means.permit, call)
    const startedMs = clock.now()
    const deadlineMs = Math.min(call.deadlineMs ?? timing.deadlineMs, expiresAt - startedMs)
    const { reply, content, error: found } = await attempt(call, means, deadlineMs)
    if (reply) parts.clockWatch.note(reply.headers, [startedMs, clock.now()])
    const error = await parts.record({ permit: means.permit, reply, error: found })
    parts.permits.nudge()
    tell(call, { status: reply?.status ?? null, error, durationMs: clock.now() - startedMs })
    if (content) return content
    throw error
  }

  async function attempt(call: CallOptions, means: Means, deadlineMs: number): Promise<Attempt> {
    let reply: HttpReply | undefined
    try {
      reply = await send(call, means, deadlineMs)
      return { reply, ...read(reply, call, means.fileMaxBytes !== undefined, clock.now()) }
    } catch (error) {
      return { reply, error }
    }
  }

  function send(call: CallOptions, { token, fileMaxBytes, send: body }: Means, deadlineMs: number): Promise<HttpReply> {
    return exchange({
      dispatcher: parts.dispatcher,
      url: urlOf(call, apiHostOf(token.apiDomain, parts), parts.organizationId),
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Zoho-oauthtoken ${token.value}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
      deadlineMs,
      maxBytes: fileMaxBytes ?? jsonMaxBytes,
      facts: factsOf(call),
      ...(call.signal && { signal: call.signal }),
    })
  }

  function tell(call: CallOptions, end: { status: number | null; error: unknown; durationMs: number }): void {
    const { product, path, purpose } = call
    const { status, error, durationMs } = end
    const code = error === undefined ? null : errorCode(error)
    if (code !== null) log.warn({ product, path, purpose, status, code, durationMs }, 'Zoho call failed')
    parts.announce({ product, purpose, status, errorCode: code, durationMs })
  }
}

interface Attempt {
  readonly reply: HttpReply | undefined
  readonly content?: Content
  readonly error?: unknown
}

function urlOf({ product, path, query }: CallOptions, host: string, organizationId: string): URL {
  const url = new URL(host + basePaths[product] + path)
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
  // The one call that may be made before the organisation is known.
  if (path !== '/organizations') url.searchParams.set('organization_id', organizationId)
  return url
}

function read(
  reply: HttpReply,
  call: CallOptions,
  isFile: boolean,
  nowMs: number,
): { content: Content } | { error: TdsError } {
  const { status, headers, bytes } = reply
  const contentType = typeof headers['content-type'] === 'string' ? headers['content-type'] : null
  const reading = readEnvelope(bytes)
  const envelope = typeof reading === 'object' ? reading.envelope : undefined
  if (reading === 'broken' && status < 400 && !isFile)
    return { error: zohoError('ZOHO_TRUNCATED', factsOf(call), { detail: { httpStatus: status } }) }
  const answer = {
    status,
    code: envelope?.code ?? null,
    message: envelope?.message ?? null,
    retryAfter: retryAfterSeconds(headers, nowMs),
    // A page is never the file that was asked for.
    isFile: isFile && !/^text\/html/i.test(contentType ?? ''),
  }
  const error = answerError(answer, factsOf(call), nowMs)
  if (error) return { error }
  if (isFile && envelope) return { error: zohoError('ZOHO_NO_FILE', factsOf(call), { detail: { httpStatus: status } }) }
  const date = typeof headers.date === 'string' ? headers.date : null
  return { content: { body: envelope?.body ?? {}, bytes, contentType, date } }
}

const factsOf = ({ product, path }: CallOptions) => ({ product, path })
