import { isPassingError } from '../../db/index.ts'
import { errorCode, errorKind, errorMessage, TdsError } from '../errors.ts'

export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'snooze'; readonly retryAt: Date; readonly reason: string }
  | { readonly kind: 'bury' }

/** One first attempt and five more, 1 2 4 8 16 s apart. */
export const maxAttempts = 6

/** How long an item rests after the database could not write it. */
const databaseRestMs = 5_000

/**
 * What to do with an item whose attempt threw: a pure decision from the error's kind, never from its words. What the
 * database cannot do at the moment (read-only, full, overtaken by others) is not the item's fault and costs no attempt.
 */
export function decideRetry(error: unknown, attempts: number, now: number, random: () => number): RetryDecision {
  if (isPassingError(error)) {
    const retryAt = new Date(now + databaseRestMs * (0.8 + 0.4 * random()))
    return { kind: 'snooze', retryAt, reason: 'database' }
  }
  const kind = errorKind(error)
  if (kind === 'wait') return { kind: 'snooze', retryAt: waitUntil(error, now), reason: errorCode(error) }
  if (kind === 'permanent' || kind === 'input' || attempts >= maxAttempts) return { kind: 'bury' }
  const backoffMs = 1000 * 2 ** (attempts - 1) * (0.8 + 0.4 * random())
  const named = error instanceof TdsError && error.retryAt ? error.retryAt.getTime() - now : 0
  return { kind: 'retry', delayMs: Math.round(Math.max(backoffMs, named)) }
}

function waitUntil(error: unknown, now: number): Date {
  return (error instanceof TdsError && error.retryAt) || new Date(now + 60_000)
}

/**
 * What failures have in common: the code and the message without its numbers, ids and quoted values.
 * Used to group dead letters, never to decide.
 */
export function fingerprint(error: unknown): string {
  const shape = errorMessage(error)
    .replace(/"[^"]*"|'[^']*'/g, '?')
    .replace(/\d+/g, '#')
  return `${errorCode(error)}: ${shape}`.slice(0, 200)
}
