import type { AuditRecord } from './trail.ts'

const columns = [
  'id',
  'at',
  'actor',
  'action',
  'subject',
  'reason',
  'affected',
  'filter',
  'before',
  'after',
  'request_id',
  'cause',
] as const satisfies readonly (keyof AuditRecord)[]

/** First line of the CSV form, RFC 4180. */
export const csvHead = `${columns.join(',')}\r\n`

export function toCsv(line: AuditRecord): string {
  return `${columns.map((column) => cell(line[column])).join(',')}\r\n`
}

/** One JSON document a line. */
export function toNdjson(line: AuditRecord): string {
  return `${JSON.stringify(line)}\n`
}

function cell(value: AuditRecord[(typeof columns)[number]]): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = value instanceof Date ? value.toISOString() : typeof value === 'string' ? value : JSON.stringify(value)
  return /[",\r\n]/.test(text) ? `"${harmless(text).replaceAll('"', '""')}"` : harmless(text)
}

/** A spreadsheet runs what begins like this as a formula; callers choose the words of a reason. */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)
