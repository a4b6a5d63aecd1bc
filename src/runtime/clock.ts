/** Time and randomness as arguments: tests hand in their own, nothing else reads the machine's. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** 0 ≤ n < 1 */
  random(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep(ms, signal) {
    if (signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done, { once: true })
    })
  },
}

/**
 * How far another clock is ahead of ours, beyond doubt: both read a moment that lay between two of their readings.
 * @returns milliseconds, negative where it is behind, 0 where nothing proves that they differ
 */
export function skewMs(ours: readonly [number, number], theirs: readonly [number, number]): number {
  if (theirs[0] > ours[1]) return theirs[0] - ours[1]
  if (theirs[1] < ours[0]) return theirs[1] - ours[0]
  return 0
}
