import { type Clock, systemClock } from './clock.ts'

export interface LoopOptions {
  readonly name: string
  /** One pass. Returns how long to rest in ms (0 = again at once); a nudge ends the rest early. */
  readonly pass: (signal: AbortSignal) => Promise<number>
  /** Called with what a pass threw; the loop then rests `errorRestMs` and goes on. */
  readonly onError: (error: unknown, loop: string) => void
  /** @default 1000 */
  readonly errorRestMs?: number
  readonly clock?: Clock
}

export interface Loop {
  start(): void
  /** Ends the current rest, or makes the next one end at once: work came. */
  nudge(): void
  /** When the pass in hand began, by the clock; null while it rests. */
  readonly passSince: number | null
  /** Stops after the pass in hand; safe to call twice. `abort` also aborts the signal the pass was given. */
  stop(options?: { abort?: boolean }): Promise<void>
}

/** A loop that rests between passes, wakes when nudged, survives its errors and waits for the work in hand when stopped. */
export function createLoop({ name, pass, onError, errorRestMs = 1000, clock = systemClock }: LoopOptions): Loop {
  const work = new AbortController()
  let rest = new AbortController()
  let nudged = false
  let stopping = false
  let running: Promise<void> | undefined
  let passSince: number | null = null

  return {
    start() {
      running ??= run()
    },
    get passSince() {
      return passSince
    },
    nudge() {
      nudged = true
      rest.abort()
    },
    async stop({ abort = false } = {}) {
      stopping = true
      if (abort) work.abort()
      rest.abort()
      await running
    },
  }

  async function run(): Promise<void> {
    while (!stopping) {
      nudged = false
      passSince = clock.now()
      const pauseMs = await pass(work.signal).catch((error: unknown) => {
        if (!stopping) onError(error, name)
        return errorRestMs
      })
      passSince = null
      if (stopping || nudged || pauseMs <= 0) continue
      rest = new AbortController()
      await clock.sleep(pauseMs, rest.signal)
    }
  }
}
