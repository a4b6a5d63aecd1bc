import { TdsError } from '../errors.ts'
import type { Clock } from '../runtime/index.ts'

export interface SampleOptions<T> {
  readonly read: () => Promise<T>
  readonly clock: Clock
  /** A younger value is answered as it is. */
  readonly maxAgeMs: number
  /** Up to this age a value is still answered, while the next is read behind it. @default maxAgeMs */
  readonly maxStaleMs?: number
  /** After it the caller gets an error; the read may go on. */
  readonly deadlineMs: number
  /** How long a read that missed its deadline keeps others from starting. @default 10000 */
  readonly abandonMs?: number
}

export interface Sample<T> {
  /** @param maxStaleMs of this answer. @default as the sample was made */
  get(maxStaleMs?: number): Promise<T>
  /** Reads what is older than `maxAgeMs`, for those who ask next; never throws. */
  renew(): void
}

interface Reading<T> {
  readonly startedAt: number
  readonly value: Promise<T>
}

/**
 * One value for everyone who asks: read once however many ask, and kept for a moment, so that polling costs nothing.
 * A failure is kept like a value. A hung read is not joined by more of them: each would take a connection.
 */
export function createSample<T>(options: SampleOptions<T>): Sample<T> {
  const { read, clock, maxAgeMs, maxStaleMs: usualStaleMs = maxAgeMs, deadlineMs, abandonMs = 10_000 } = options
  let last: { readonly at: number; readonly value: Promise<T>; readonly failed: boolean } | undefined
  let reading: Reading<T> | undefined
  const ageOf = (at: number | undefined) => (at === undefined ? Number.POSITIVE_INFINITY : clock.now() - at)
  const isYoung = (age: number) => age >= 0 && age <= maxAgeMs

  return {
    get(maxStaleMs = usualStaleMs) {
      const age = ageOf(last?.at)
      if (last && isYoung(age)) return last.value
      if (!last || last.failed || age < 0 || age > maxStaleMs) return withinDeadline(join())
      join()
      return last.value
    },
    renew() {
      if (!isYoung(ageOf(last?.at))) join()
    },
  }

  function join(): Reading<T> {
    if (reading && clock.now() - reading.startedAt < abandonMs) return reading
    const started: Reading<T> = { startedAt: clock.now(), value: read() }
    reading = started
    const end = (failed: boolean) => {
      last = { at: clock.now(), value: started.value, failed }
      if (reading === started) reading = undefined
    }
    started.value.then(
      () => end(false),
      () => end(true),
    )
    return started
  }

  async function withinDeadline({ startedAt, value }: Reading<T>): Promise<T> {
    const answered = new AbortController()
    const leftMs = Math.max(0, startedAt + deadlineMs - clock.now())
    const tooLate = clock.sleep(leftMs, answered.signal).then(() => tooSlow)
    const first = await Promise.race([value, tooLate]).finally(() => answered.abort())
    if (first !== tooSlow) return first as T
    throw new TdsError('DATABASE_SLOW', 'transient', `no answer within ${deadlineMs} ms`, {
      status: 503,
      detail: { retryAfterSeconds: 5 },
    })
  }
}

const tooSlow = Symbol('too slow')
