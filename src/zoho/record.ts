import type { Db } from '../../db/index.ts'
import { errorCode, TdsError } from '../errors.ts'
import type { Clock } from '../runtime/index.ts'
import { recordBlock } from './blocks.ts'
import type { BreakerOutcome } from './breaker.ts'
import { closeDay } from './day.ts'
import { waitingUntil } from './errors.ts'
import { finishCall } from './finish.ts'
import { dayHeaders, type HeaderBag, retryAfterSeconds } from './headers.ts'
import type { Timing } from './timing.ts'
import type { Permit } from './types.ts'

export interface RecorderOptions {
  readonly db: Db
  readonly perMinute: number
  readonly concurrency: number
  readonly timing: Timing
  readonly clock: Clock
}

export interface EndedCall {
  readonly permit: Permit
  /** Undefined where no reply came. */
  readonly reply: { readonly status: number; readonly headers: HeaderBag } | undefined
  readonly error: unknown
}

/**
 * Writes what a call taught us: its end, the day's quota, the product's health, a limit.
 * @returns the call's error; one that means "later" with the time
 */
export type Recorder = (call: EndedCall) => Promise<unknown>

export function createRecorder(options: RecorderOptions): Recorder {
  const { db, timing, clock } = options

  return async ({ permit, reply, error }) => {
    // The limit first: the end of this call wakes others, who must find it.
    const known = await withPause({ permit, reply, error })
    await finishCall(
      db,
      {
        id: permit.id,
        product: permit.product,
        status: reply?.status ?? null,
        errorCode: error === undefined ? null : errorCode(error),
        breaker: healthIn(error),
        // A day that is closed is not opened by what its refusal says beside.
        day: reply && errorCode(error) !== 'ZOHO_DAY_LIMIT' ? dayHeaders(reply.headers) : null,
      },
      timing,
    )
    return known
  }

  async function withPause({ permit, reply, error }: EndedCall): Promise<unknown> {
    if (!(error instanceof TdsError) || error.kind !== 'wait') return error
    const waitMs = await (error.code === 'ZOHO_DAY_LIMIT'
      ? closeDay(db, permit.product, reply ? dayHeaders(reply.headers) : null)
      : block(permit, error, reply ? retryAfterSeconds(reply.headers, clock.now()) : null))
    return waitingUntil(error, new Date(clock.now() + waitMs))
  }

  function block({ startedAt }: Permit, error: TdsError, retryAfter: number | null): Promise<number> {
    const code = typeof error.detail.zohoCode === 'number' ? error.detail.zohoCode : 44
    return recordBlock(db, { code, retryAfter, startedAt }, { ...options, random: clock.random() })
  }
}

function healthIn(error: unknown): BreakerOutcome {
  if (error === undefined) return 'answered'
  // Not ours: the caller gave up, or the service stops.
  if (!(error instanceof TdsError) || error.code === 'ZOHO_CLOSED') return 'unknown'
  return error.kind === 'transient' ? 'failed' : 'answered'
}
