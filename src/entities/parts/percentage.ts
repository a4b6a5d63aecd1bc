import { decimal, type Field } from '../field.ts'

/** A percentage as a number; Zoho writes some with their sign (`70%`). */
export function percentage(key: string): Field {
  const number = decimal(key)
  return { ...number, read: (raw) => number.read(typeof raw === 'string' ? raw.replace(/\s*%\s*$/, '') : raw) }
}
