import { skewMs } from '../runtime/index.ts'
import type { HeaderBag } from './headers.ts'

export interface ClockWatch {
  /** @param ours our clock before the call and after the reply */
  note(headers: HeaderBag, ours: readonly [number, number]): void
  /** How far Zoho's clock was ahead of ours at the last reply that told, beyond doubt; null before one did. */
  skewMs(): number | null
}

/** Reads Zoho's clock from the `date` of its replies, which has whole seconds. */
export function createClockWatch(): ClockWatch {
  let last: number | null = null
  return {
    note({ date }, ours) {
      const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN
      if (!Number.isNaN(theirs)) last = skewMs(ours, [theirs, theirs + 999])
    },
    skewMs: () => last,
  }
}
