import { parseJsonDigits } from '../../db/index.ts'
import { isForm } from './signature.ts'

/** What a body says: an object, or in words why it says nothing. */
export type ReadBody = { readonly root: Readonly<Record<string, unknown>> } | { readonly unreadable: string }

/** JSON, a form, or a form with `JSONString=`: told apart by the bytes first, because senders mislabel. */
export function readBody(body: Buffer, contentType: string | undefined): ReadBody {
  const text = decodeUtf8(body)
  if (text === undefined) return { unreadable: 'the body is not UTF-8 text' }
  if (text.includes('\0')) return { unreadable: 'the body holds a NUL byte' }
  const trimmed = text.trim()
  if (trimmed === '') return { root: {} }
  if (/^[{["]/.test(trimmed)) return readJson(trimmed, 'the body')
  if (isForm(contentType) || /^[\w.%+-]+=/.test(trimmed)) return readForm(trimmed)
  return { unreadable: `the body is neither JSON nor a form: it begins with ${JSON.stringify(trimmed.slice(0, 20))}` }
}

/** Drops a byte order mark; undefined for bytes that are not UTF-8. */
function decodeUtf8(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}

function readForm(text: string): ReadBody {
  const fields = [...new URLSearchParams(text)]
  if (fields.some(([name, value]) => name.includes('\0') || value.includes('\0'))) {
    return { unreadable: 'the form holds a NUL byte' }
  }
  const document = fields.find(([name]) => name.toLowerCase() === 'jsonstring')
  if (!document) return { root: Object.fromEntries(fields) }
  const read = readJson(document[1].trim(), 'JSONString')
  return 'root' in read ? { root: { ...Object.fromEntries(fields), ...read.root } } : read
}

function readJson(text: string, name: string): ReadBody {
  let value: unknown
  try {
    value = parseJsonDigits(text)
  } catch (error) {
    return { unreadable: error instanceof RangeError ? `${name} is nested too deeply` : notJson(text, name) }
  }
  const document = Array.isArray(value) && value.length === 1 ? value[0] : value
  if (!isObject(document)) return { unreadable: `${name} is JSON, but not one document` }
  const fault = unstorable(document)
  return fault ? { unreadable: `${name} ${fault}` } : { root: document }
}

function notJson(text: string, name: string): string {
  return /[}\]"]$/.test(text) ? `${name} is not valid JSON` : `${name} is truncated: its JSON does not end`
}

/** Escapes that JSON allows and no PostgreSQL text can hold. Without recursion: nesting is the sender's choice. */
function unstorable(document: object): string | undefined {
  const left: unknown[] = [document]
  while (left.length > 0) {
    const next = left.pop()
    const texts = typeof next === 'string' ? [next] : isObject(next) ? Object.keys(next) : []
    if (texts.some((text) => text.includes('\0'))) return 'holds a NUL character'
    if (texts.some((text) => !text.isWellFormed())) return 'holds half a surrogate pair'
    if (Array.isArray(next) || isObject(next)) for (const value of Object.values(next)) left.push(value)
  }
  return undefined
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
