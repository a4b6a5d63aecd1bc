/**
 * A field takes one value out of a Zoho document and makes it fit a column. Blank is null, absent is absent (the column
 * keeps what it has), and what cannot be read is an error of that field alone, never of the record.
 */
export type JsonObject = { readonly [key: string]: unknown }

/** What a document cannot know by itself. */
export interface FieldContext {
  /** ISO code of the organisation's base currency; undefined until the organisation was read. */
  readonly baseCurrency: string | undefined
  readonly nameArField: string
  readonly descriptionArField: string
}

export const absent = Symbol('absent')
export type Absent = typeof absent

export interface Field {
  /** PostgreSQL type of the column. */
  readonly type: 'text' | 'numeric' | 'integer' | 'boolean' | 'timestamptz' | 'date' | 'jsonb'
  /** The raw value, or `absent` when the document does not speak of it. */
  readonly take: (document: JsonObject, context: FieldContext) => unknown
  /** Throws FieldFault when the value cannot be what it should be. */
  readonly read: (raw: unknown) => unknown
}

export class FieldFault extends Error {}

type Take = string | Field['take']

const take = (from: Take): Field['take'] =>
  typeof from === 'function' ? from : (document) => (from in document ? document[from] : absent)

const field =
  (type: Field['type'], read: Field['read']) =>
  (from: Take): Field => ({ type, take: take(from), read })

/** Blank strings, null and a missing value all mean "nothing". */
const isBlank = (raw: unknown): boolean =>
  raw === undefined || raw === null || (typeof raw === 'string' && raw.trim() === '')

/** The digits of a JSON number as Zoho wrote them, whatever a double could hold. */
function literal(raw: unknown): string | undefined {
  if (typeof raw === 'string') return raw.trim()
  if (typeof raw === 'number' || typeof raw === 'bigint') return String(raw)
  if (JSON.isRawJSON(raw)) return JSON.stringify(raw)
  return undefined
}

function readText(raw: unknown): string | null {
  if (isBlank(raw)) return null
  const digits = literal(raw)
  if (typeof raw === 'string') return storable(raw)
  if (digits !== undefined) return digits
  if (typeof raw === 'boolean') return String(raw)
  throw new FieldFault(`expected text, got ${kindOf(raw)}`)
}

/** PostgreSQL text cannot hold NUL, nor UTF-8 a lone surrogate; both become the replacement character. */
const storable = (value: string): string => value.replaceAll('\0', '\uFFFD').toWellFormed()

function readDecimal(raw: unknown): string | null {
  if (isBlank(raw)) return null
  const digits = literal(raw)
  if (digits !== undefined && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(digits)) return digits
  throw new FieldFault(`expected a number, got ${shown(raw)}`)
}

function readInteger(raw: unknown): number | null {
  const digits = readDecimal(raw)
  if (digits === null) return null
  const value = Number(digits)
  if (Number.isSafeInteger(value)) return value
  throw new FieldFault(`expected a whole number, got ${shown(raw)}`)
}

function readBoolean(raw: unknown): boolean | null {
  if (isBlank(raw)) return null
  if (typeof raw === 'boolean') return raw
  if (raw === 'true' || raw === 1) return true
  if (raw === 'false' || raw === 0) return false
  throw new FieldFault(`expected true or false, got ${shown(raw)}`)
}

/** `2026-06-09T13:15:33-0400` is what Zoho sends; the offset's missing colon is added. A bare date is midnight UTC. */
function readTime(raw: unknown): string | null {
  if (isBlank(raw)) return null
  const parts =
    typeof raw === 'string'
      ? /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:?\d\d))?$/.exec(raw.trim())
      : null
  if (!parts) throw new FieldFault(`expected a time, got ${shown(raw)}`)
  const [, day, time = '00:00:00', zone = 'Z'] = parts
  const iso = `${day}T${time}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`
  if (Number.isNaN(Date.parse(iso))) throw new FieldFault(`expected a time, got ${shown(raw)}`)
  return iso
}

/** A day without a zone; a webhook's `…T00:00:00.000Z` is the same day. */
function readDate(raw: unknown): string | null {
  if (isBlank(raw)) return null
  const day = typeof raw === 'string' ? /^(\d{4}-\d\d-\d\d)(T00:00:00(\.0+)?Z)?$/.exec(raw.trim())?.[1] : undefined
  if (!day || Number.isNaN(Date.parse(day))) throw new FieldFault(`expected a date as YYYY-MM-DD, got ${shown(raw)}`)
  return day
}

function readJson(raw: unknown): unknown {
  if (isBlank(raw)) return null
  if (typeof raw === 'object') return raw
  throw new FieldFault(`expected an object or a list, got ${shown(raw)}`)
}

/** Zoho's ids are digits, in strings or in numbers too long for a double. */
function readId(raw: unknown): string | null {
  if (isBlank(raw)) return null
  const digits = literal(raw)
  if (digits !== undefined && /^\d{1,32}$/.test(digits)) return digits
  throw new FieldFault(`expected an id of digits, got ${shown(raw)}`)
}

export const text = field('text', readText)
export const id = field('text', readId)
export const decimal = field('numeric', readDecimal)
export const integer = field('integer', readInteger)
export const boolean = field('boolean', readBoolean)
export const time = field('timestamptz', readTime)
export const date = field('date', readDate)
export const json = field('jsonb', readJson)

/** `status: "active"` and its relatives: true only for the named words; a blank status says nothing. */
export function isOneOf(from: string, ...words: string[]): Field {
  return {
    type: 'boolean',
    take: (document) => (isBlank(document[from]) ? absent : document[from]),
    read: (raw) => typeof raw === 'string' && words.includes(raw.trim().toLowerCase()),
  }
}

function kindOf(raw: unknown): string {
  return Array.isArray(raw) ? 'a list' : `a ${typeof raw}`
}

function shown(raw: unknown): string {
  return typeof raw === 'object' && !JSON.isRawJSON(raw) ? kindOf(raw) : JSON.stringify(raw).slice(0, 60)
}
