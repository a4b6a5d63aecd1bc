/** The day's quota as Zoho states it on each reply: `x-rate-limit-limit`, `-remaining`, `-reset` (seconds). */
export interface DayHeaders {
  readonly limit: number
  readonly remaining: number
  readonly resetSeconds: number
}

export type HeaderBag = Readonly<Record<string, string | string[] | undefined>>

/** Null unless all three are there and make sense. */
export function dayHeaders(headers: HeaderBag): DayHeaders | null {
  const limit = count(headers['x-rate-limit-limit'])
  const remaining = count(headers['x-rate-limit-remaining'])
  const resetSeconds = count(headers['x-rate-limit-reset'])
  if (limit === null || remaining === null || resetSeconds === null) return null
  return { limit, remaining, resetSeconds }
}

/** Seconds to wait, from a number or a date. */
export function retryAfterSeconds(headers: HeaderBag, nowMs: number): number | null {
  const value = headers['retry-after']
  if (typeof value !== 'string') return null
  const seconds = count(value)
  if (seconds !== null) return seconds
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - nowMs) / 1000))
}

// Nine digits fit the columns; anything longer is no count of ours.
function count(value: string | string[] | undefined): number | null {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : null
}
