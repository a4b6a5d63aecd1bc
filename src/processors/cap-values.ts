import type { Values } from './compare-rows.ts'

const longestText = 500

/** Long texts and documents by their beginning: the history tells that and how they changed, not whole books. */
export function capped(values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, cap(value)]))
}

function cap(value: unknown): unknown {
  if (typeof value === 'string') return value.length > longestText ? cut(value) : value
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value
  const text = JSON.stringify(value)
  return text.length > longestText ? cut(text) : value
}

const cut = (text: string): string => `${text.slice(0, longestText).toWellFormed()}… (${text.length} characters)`
