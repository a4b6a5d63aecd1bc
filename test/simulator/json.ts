// Zoho prints 6.00 and 149.970 with the digits somebody typed. Records keep such literals, so that what a client
// receives really tests whether it loses digits.
export interface RawNumber {
  readonly rawJSON: string
}
export type Json = string | number | boolean | null | RawNumber | Json[] | { [key: string]: Json }
export type Fields = { [key: string]: Json }

interface RawJson {
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
  parse(text: string, reviver: (key: string, value: Json, context: { source?: string }) => Json): Json
}
// The library types of TypeScript do not know these standard functions of Node 24 yet.
const rawJson = JSON as unknown as RawJson

/** A JSON number that is sent with exactly these digits: `amount('6.00')`. */
export const amount = (literal: string): RawNumber => rawJson.rawJSON(literal)

export const isAmount = (value: unknown): value is RawNumber => rawJson.isRawJSON(value)

/** Parses JSON and keeps the digits of every number that a JavaScript number would change. */
export function parseJson(text: string): Json {
  return rawJson.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? amount(source) : value,
  )
}

/** The number behind a field; blanks and text count as 0. */
export function numberOf(value: Json | undefined): number {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return Number(value) || 0
  return isAmount(value) ? Number(value.rawJSON) : 0
}

/** Text of a field as a filter or a sort compares it. */
export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return isAmount(value) ? value.rawJSON : String(value)
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isAmount(value)
