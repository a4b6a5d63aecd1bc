import { type ErrorKind, TdsError } from '../errors.ts'
import type { Denial, Product, WaitReason } from './types.ts'

/** Facts that go with every Zoho error; never bodies, tokens or query strings. */
export interface CallFacts {
  readonly product: Product | 'accounts'
  readonly path: string
}

/** What Zoho answered, as far as an error needs it. `code` is null where the body was no envelope. */
export interface Answer {
  readonly status: number
  readonly code: number | null
  /** Zoho's words, for people only. */
  readonly message: string | null
  /** Seconds, from `retry-after`. */
  readonly retryAfter: number | null
  /** A file was asked for, so a reply without the envelope is the expected one. */
  readonly isFile?: boolean
}

interface Verdict {
  readonly code: string
  readonly kind: ErrorKind
  readonly words: string
}

const verdict = (code: string, kind: ErrorKind, words: string): Verdict => ({ code, kind, words })

/** By Zoho's `code`, whatever the HTTP status: Zoho also fails inside a 200. */
const byZohoCode: ReadonlyMap<number, Verdict> = new Map([
  [44, verdict('ZOHO_MINUTE_LIMIT', 'wait', 'The minute limit of the organisation is used up')],
  [43, verdict('ZOHO_BLOCKED', 'wait', 'Zoho has blocked the organisation for a while')],
  [45, verdict('ZOHO_DAY_LIMIT', 'wait', 'The day limit of this product is used up')],
  [1070, verdict('ZOHO_CONCURRENCY', 'wait', 'Too many calls were in process at once')],
  [14, verdict('ZOHO_UNAUTHORIZED', 'permanent', 'Zoho does not accept the access token, not even a fresh one')],
  [
    57,
    verdict('ZOHO_SCOPE', 'permanent', 'The token lacks the scope or role for this path; grant it and make a new one'),
  ],
  [6018, verdict('ZOHO_USER_DISABLED', 'permanent', 'The Zoho user is disabled in this organisation; enable it again')],
  [1002, verdict('ZOHO_NOT_FOUND', 'permanent', 'The record does not exist')],
  [5, verdict('ZOHO_NOT_FOUND', 'permanent', 'No such resource')],
  [2, verdict('ZOHO_BAD_REQUEST', 'permanent', 'Zoho refuses the value of a parameter')],
  [1000, verdict('ZOHO_SERVER', 'transient', 'Internal error at Zoho')],
])

/**
 * The error an answer of Zoho stands for, or undefined for a success.
 * What the code says comes before what the status says, except that a server in trouble or a refused token proves
 * nothing about a record.
 */
export function answerError(answer: Answer, facts: CallFacts, nowMs: number): TdsError | undefined {
  const found = judge(answer)
  if (!found) return undefined
  const { status, code, message, retryAfter } = answer
  return new TdsError(
    found.code,
    found.kind,
    `${found.words} (${facts.product} ${facts.path}: HTTP ${status}${said(answer)})`,
    {
      ...(retryAfter !== null && { retryAt: new Date(nowMs + retryAfter * 1000) }),
      detail: { ...facts, httpStatus: status, zohoCode: code, zohoMessage: message },
    },
  )
}

const said = ({ code, message }: Answer) => (code === null ? '' : `, code ${code}${message ? `: ${message}` : ''}`)

function judge({ status, code, isFile = false }: Answer): Verdict | undefined {
  if (status === 405) return verdict('ZOHO_BAD_REQUEST', 'permanent', 'Zoho does not allow this method here')
  const known = code === null ? undefined : byZohoCode.get(code)
  if (known && (known.code !== 'ZOHO_NOT_FOUND' || (status < 500 && status !== 401))) return known
  if (status === 429) return byZohoCode.get(44)
  if (status >= 500 || status === 408) return verdict('ZOHO_SERVER', 'transient', 'Zoho cannot answer now')
  if (status >= 300 && status < 400) return verdict('ZOHO_SERVER', 'transient', 'A redirect, which is not followed')
  if (code === null && !isFile) return verdict('ZOHO_NOT_JSON', 'transient', "The reply is not Zoho's JSON envelope")
  if (status === 401) return byZohoCode.get(14)
  if (status === 404) return byZohoCode.get(1002)
  if (status >= 400) return verdict('ZOHO_BAD_REQUEST', 'permanent', 'Zoho refuses the request')
  return code === 0 || code === null
    ? undefined
    : // What nobody knows may pass.
      verdict('ZOHO_CODE', 'transient', 'Zoho reports a failure inside a success')
}

/** Errors that no answer of Zoho's names: transport, shape, paging. */
const ownErrors = {
  ZOHO_NETWORK: ['transient', 'The connection to Zoho failed'],
  ZOHO_TIMEOUT: ['transient', 'Zoho did not answer in time'],
  ZOHO_TRUNCATED: ['transient', 'The reply broke off'],
  ZOHO_NOT_JSON: ['transient', 'The reply is not JSON'],
  ZOHO_CLOSED: ['transient', 'The service is stopping'],
  ZOHO_NO_FILE: ['permanent', 'Zoho reports success but sends no file'],
  ZOHO_TOO_LARGE: ['permanent', 'The reply is larger than allowed'],
  ZOHO_LIST_KEY: ['transient', 'The reply lacks the list it should hold'],
  ZOHO_FILTER_IGNORED: ['transient', 'Zoho did not apply what was asked for'],
  ZOHO_ENDLESS_PAGES: ['transient', 'The list does not come to an end'],
  ZOHO_PERMIT_EXPIRED: ['wait', 'The permit was held too long before its call'],
} as const satisfies Record<string, readonly [ErrorKind, string]>

export type OwnErrorCode = keyof typeof ownErrors

export function zohoError(
  code: OwnErrorCode,
  facts: CallFacts,
  options: { cause?: unknown; detail?: Record<string, unknown> } = {},
): TdsError {
  const [kind, words] = ownErrors[code]
  return new TdsError(code, kind, `${words} (${facts.product} ${facts.path})`, {
    ...(options.cause !== undefined && { cause: options.cause }),
    detail: { ...facts, ...options.detail },
  })
}

const waitErrors = {
  minute: ['ZOHO_MINUTE_LIMIT', 'All calls of this minute are taken'],
  concurrency: ['ZOHO_CONCURRENCY', 'All concurrent calls are taken'],
  day: ['ZOHO_DAY_LIMIT', "The day's calls of this product are used up"],
  blocked: ['ZOHO_BLOCKED', 'Zoho asked for a pause'],
  breaker: ['ZOHO_BREAKER_OPEN', 'This product failed repeatedly; the next try comes later'],
  token: ['ZOHO_TOKEN_THROTTLED', 'There is no usable access token yet'],
  not_configured: ['ZOHO_NOT_CONFIGURED', 'Zoho is not configured: set the ZOHO_* variables'],
  paused: ['ZOHO_PAUSED', 'All calls to Zoho are paused by a person'],
} as const satisfies Record<WaitReason, readonly [string, string]>

/** The same error with the time its wait ends. */
export function waitingUntil(error: TdsError, retryAt: Date): TdsError {
  const { code, kind, message, cause, detail } = error
  return new TdsError(code, kind, message, { cause, retryAt, detail })
}

/** A denied permit as an error, for callers that cannot wait. */
export function waitError({ reason, retryAt }: Denial, product: Product): TdsError {
  const [code, words] = waitErrors[reason]
  return new TdsError(code, 'wait', words, { retryAt, detail: { product, reason } })
}
