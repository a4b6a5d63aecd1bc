import type { World } from '../resource.ts'

const dayMs = 86_400_000

/** The organisation's date at an instant. */
export const dateOf = (at: number, { time }: World): string => time.stamp(at).slice(0, 10)

export const addDays = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * dayMs).toISOString().slice(0, 10)

/** Days from one date to another. */
export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / dayMs)

/** When a document is due: so many days later; Zoho writes "end of next month" as -3. */
export function dueDate(date: string, terms: number): string {
  if (terms >= 0) return addDays(date, terms)
  const [year = 0, month = 0] = date.split('-').map(Number)
  return new Date(Date.UTC(year, month + 1, 0)).toISOString().slice(0, 10)
}

/** As people read it: `09 Jun 2026 09:47 AM`. */
export function displayTime(stamp: string): string {
  const [, year = '', month = '', day = '', hour = '', minute = ''] = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+)/.exec(stamp) ?? []
  if (year === '') return ''
  const half = Number(hour) < 12 ? 'AM' : 'PM'
  return `${day} ${months[Number(month) - 1]} ${year} ${String(Number(hour) % 12 || 12).padStart(2, '0')}:${minute} ${half}`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
