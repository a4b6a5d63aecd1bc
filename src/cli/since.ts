import { usageError } from './command.ts'

/**
 * A day as people name it: `2025-01-31`, so long ago (`90d`, `6m`, `2y`), or `all`.
 * @throws TdsError `USAGE`
 */
export function parseSince(text: string, now: Date): Date {
  if (text === 'all') return new Date(0)
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined
  if (day && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return day
  const [, count, unit] = /^(\d{1,4})([dmy])$/.exec(text) ?? []
  if (count === undefined || unit === undefined)
    throw usageError(`--since wants a day such as 2025-01-31, 90d, 6m, 2y or all, not ${text}`)
  return before(now, Number(count), unit)
}

function before(now: Date, count: number, unit: string): Date {
  const past = new Date(now)
  if (unit === 'd') past.setUTCDate(past.getUTCDate() - count)
  if (unit === 'm') past.setUTCMonth(past.getUTCMonth() - count)
  if (unit === 'y') past.setUTCFullYear(past.getUTCFullYear() - count)
  // A month without that day ends before it.
  if (unit !== 'd' && past.getUTCDate() !== now.getUTCDate()) past.setUTCDate(0)
  return past
}
