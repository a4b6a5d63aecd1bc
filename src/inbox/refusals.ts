import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import type { AuthRequest, Credentials, RefusalReason } from './authenticate.ts'
import type { Counters } from './counters.ts'
import { observe } from './observe.ts'

export interface RefusalsOptions {
  readonly credentials: Credentials
  /** Also says which way of signing would have matched. */
  readonly observing: boolean
  readonly counters: Counters
  readonly clock: Clock
  readonly log: Logger
}

export interface Refusals {
  note(request: AuthRequest & { readonly module: string; readonly sourceAddress: string }, reason: RefusalReason): void
}

/** One sample a reason and this long: a flood of forgeries must not flood the log. */
const sampleEveryMs = 10_000

/** Counts every refused webhook and logs samples of them, with the number that went by unlogged. */
export function createRefusals({ credentials, observing, counters, clock, log }: RefusalsOptions): Refusals {
  const samples = new Map<RefusalReason, { at: number; unlogged: number }>()

  return {
    note(request, reason) {
      counters.add('webhook_refused', reason)
      const now = clock.now()
      const last = samples.get(reason)
      if (last && now - last.at < sampleEveryMs) {
        last.unlogged += 1
        return
      }
      samples.set(reason, { at: now, unlogged: 0 })
      const { module, sourceAddress } = request
      const facts = { reason, module, sourceAddress, unlogged: last?.unlogged ?? 0 }
      const observed = observing ? observe(request, credentials) : undefined
      if (observed !== undefined) counters.add('webhook_observed', observed)
      log.warn({ ...facts, ...(observed !== undefined && { observed }) }, 'refused a webhook')
    },
  }
}
