/**
 * Every error TDS makes has a stable `code`, a class of failure that decides what happens next, and words that say what to do.
 * Decisions read `kind` and `code`, never the message.
 *
 * - `transient`: try again after a pause (network, 5xx, database away). Unknown errors count as transient.
 * - `wait`: nothing failed, it is only too early (budget, block, breaker); costs no attempt.
 * - `permanent`: repeating cannot help (bad data, scope missing); goes to the dead letters at once.
 * - `input`: the caller of our HTTP API or CLI must change something.
 */
export type ErrorKind = 'transient' | 'wait' | 'permanent' | 'input'

export interface TdsErrorOptions {
  readonly cause?: unknown
  /** Not before this instant; set on `wait` errors and where the other side named a time. */
  readonly retryAt?: Date
  /** HTTP status for errors that reach a caller of our API. */
  readonly status?: number
  /** Facts for logs and problem details; never bodies, tokens or personal data. */
  readonly detail?: Readonly<Record<string, unknown>>
}

export class TdsError extends Error {
  readonly code: string
  readonly kind: ErrorKind
  readonly retryAt: Date | undefined
  readonly status: number | undefined
  readonly detail: Readonly<Record<string, unknown>>

  constructor(code: string, kind: ErrorKind, message: string, options: TdsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'TdsError'
    this.code = code
    this.kind = kind
    this.retryAt = options.retryAt
    this.status = options.status
    this.detail = options.detail ?? {}
  }
}

/** A fault of the caller: HTTP 4xx, CLI exit code 2. */
export function inputError(
  code: string,
  message: string,
  status = 400,
  detail: Record<string, unknown> = {},
): TdsError {
  return new TdsError(code, 'input', message, { status, detail })
}

/** The code to store and show for anything thrown: ours, a SQLSTATE, a Node code, or `UNKNOWN`. */
export function errorCode(error: unknown): string {
  if (error instanceof TdsError) return error.code
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return 'UNKNOWN'
}

/** Whether repeating can help; see ErrorKind. */
export function errorKind(error: unknown): ErrorKind {
  if (error instanceof TdsError) return error.kind
  // SQLSTATE 22 (data), 23 (constraint) and 42 (a statement that cannot be): the same row fails again the same way.
  if (/^(22|23|42)[0-9A-Z]{3}$/.test(errorCode(error))) return 'permanent'
  return 'transient'
}

/** One line for people; the cause's words are added where the error only wraps it. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return (error.message || errorCode(error)) + cause
}
