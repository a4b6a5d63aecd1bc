import { type Field, text } from '../field.ts'

/** One of Zoho's own words, such as a status, in lower case: some lists write `Partially_Received`. */
export function word(from: string | Field['take']): Field {
  const field = text(from)
  const lower = (value: unknown) => (typeof value === 'string' ? value.trim().toLowerCase() : value)
  return { ...field, read: (raw) => lower(field.read(raw)) }
}
