import type { ChildSet } from '../entity.ts'
import { type Field, integer, type JsonObject, text } from '../field.ts'

/** A symbol is no part of the line: neither its hash nor what is kept of it knows that we counted. */
const place = Symbol('place')

type Counted = JsonObject & { readonly [place]?: number }

/**
 * The objects under the first of these keys that a document has, counted. A blank, as Zoho writes empty lists, means
 * none; a document without any of the keys does not speak of them.
 */
export function under(...keys: readonly string[]): ChildSet['rows'] {
  return (document) => {
    const key = keys.find((each) => each in document)
    if (key === undefined) return undefined
    const found = document[key]
    const rows = Array.isArray(found) ? found.filter(isObject) : isObject(found) ? [found] : []
    return rows.map((row, index): Counted => ({ ...row, [place]: index + 1 }))
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)

/** From 1, in the order of the document. */
export const position: Field = integer((row: Counted) => row[place])

/** Zoho's id of the child, else its place as `#2`, so that children without ids are told apart as well. */
export function childKey(...fields: readonly string[]): Field {
  return text((row: Counted) => fields.map((field) => row[field]).find(isId) ?? `#${row[place] ?? ''}`)
}

const isId = (raw: unknown): boolean =>
  typeof raw === 'string' ? raw.trim() !== '' : typeof raw === 'number' || JSON.isRawJSON(raw)
