import { usageError } from './command.ts'

const days: Readonly<Record<string, number>> = { d: 1, m: 30, y: 365 }
const dayMs = 86_400_000

/**
 * The end of something: a day such as `2027-01-31` (its beginning, UTC), or so long from now (`90d`, `6m`, `2y`).
 * @throws TdsError `USAGE`
 */
export function parseUntil(text: string, now: Date): Date {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined
  if (day && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return day
  const [, count, unit = ''] = /^([1-9]\d{0,3})([dmy])$/.exec(text) ?? []
  const length = days[unit]
  if (count === undefined || length === undefined)
    throw usageError(`--expires wants a day such as 2027-01-31, 90d, 6m or 2y, not ${text}`)
  return new Date(now.getTime() + Number(count) * length * dayMs)
}
