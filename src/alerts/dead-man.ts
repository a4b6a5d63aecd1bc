import type { Logger } from '../log.ts'
import { whyNotSent } from './channels/index.ts'
import { post } from './channels/post.ts'
import type { Observation, Sight } from './sight.ts'

const leastMs = 60_000
const deadlineMs = 10_000

export interface DeadMan {
  /** Tells the other side that all is well, if it is, at most once a minute. Never throws. */
  look(observation: Observation, stop: AbortSignal): Promise<void>
}

/** Whoever is called by it raises the alarm when the calls stop: the one alert that a dead system still gives. */
export function createDeadMan({ url, log }: { readonly url: string | undefined; readonly log: Logger }): DeadMan {
  let pushedAt = Number.NEGATIVE_INFINITY
  let before: Sight | undefined

  return {
    async look({ status, sight }, stop) {
      const last = before
      before = sight
      if (!url || !sight || status === 'unhealthy' || sight.at - pushedAt < leastMs || !hasMoved(last, sight)) return
      const signal = AbortSignal.any([AbortSignal.timeout(deadlineMs), stop])
      await post(url, { method: 'GET', signal }).then(
        () => {
          pushedAt = sight.at
        },
        (error: unknown) => {
          if (!stop.aborted) log.warn(`the dead-man URL did not take our call: ${whyNotSent(error)}`)
        },
      )
    },
  }
}

/** Nothing is due, something was settled since the last look, or the oldest due item is another than then. */
export function hasMoved(before: Sight | undefined, now: Sight): boolean {
  if (now.depth.due === 0) return true
  if (!before) return false
  if (settled(now) > settled(before)) return true
  const elapsed = Math.floor((now.at - before.at) / 1000)
  return (now.depth.oldest_due_seconds ?? 0) + 1 < (before.depth.oldest_due_seconds ?? 0) + elapsed
}

/** Attempts that ended in the last 24 hours; a failed one is movement, too. */
const settled = ({ day }: Sight): number =>
  [...day.values()].reduce((sum, counts) => sum + Object.values(counts).reduce((a, b) => a + b, 0), 0)
