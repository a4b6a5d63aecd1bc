import { type Clock, createLoop } from '../runtime/index.ts'
import type { Sample } from './sample.ts'

export interface Warmth {
  /** From now on what is asked for is kept warm; before, everybody reads for himself. */
  start(): void
  stop(): Promise<void>
  /**
   * The sample as those see it who poll: answered at once from a value that is never older than `maxStaleMs`.
   * @param everyMs how often it is renewed while somebody asks
   */
  keep<T>(sample: Sample<T>, times: { readonly everyMs: number; readonly maxStaleMs: number }): Sample<T>
}

interface Kept {
  readonly everyMs: number
  askedAt: number
  renewedAt: number
  renew(): void
}

/** Who has not come back within this time does not poll. */
const forMs = 120_000
const asleepMs = 60 * 60_000

/** Renews every few seconds what somebody has asked for lately; where nobody asks it does nothing at all. */
export function createWarmth(clock: Clock): Warmth {
  const all: Kept[] = []
  let started = false
  const loop = createLoop({
    name: 'warmth',
    clock,
    onError: () => {},
    async pass() {
      const now = clock.now()
      const wanted = all.filter(({ askedAt }) => now >= askedAt && now - askedAt < forMs)
      for (const kept of wanted) if (isDue(kept, now)) renew(kept, now)
      return Math.min(asleepMs, ...wanted.map(({ everyMs }) => everyMs))
    },
  })

  return {
    start() {
      started = true
      loop.start()
    },
    stop() {
      started = false
      return loop.stop()
    },
    keep(sample, { everyMs, maxStaleMs }) {
      const kept: Kept = { everyMs, askedAt: Number.NEGATIVE_INFINITY, renewedAt: 0, renew: sample.renew }
      all.push(kept)
      return {
        ...sample,
        get() {
          if (!started) return sample.get()
          const now = clock.now()
          const rested = now < kept.askedAt || now - kept.askedAt >= forMs
          kept.askedAt = now
          if (rested) loop.nudge()
          return sample.get(maxStaleMs)
        },
      }
    },
  }

  /** A clock that was put back renews at once. */
  function isDue({ renewedAt, everyMs }: Kept, now: number): boolean {
    return now < renewedAt || now - renewedAt >= everyMs - slackMs
  }

  function renew(kept: Kept, now: number): void {
    kept.renewedAt = now
    kept.renew()
  }
}

/** Timers may fire a moment early. */
const slackMs = 50
