import { type JsonObject, type JsonValue, parseJsonDigits } from '../../db/index.ts'

/** The body of a reply as Zoho's envelope `{ code, message, … }`. */
export interface Envelope {
  readonly body: JsonObject
  readonly code: number
  readonly message: string | null
}

/** `broken`: it began as JSON and did not end so. `other`: a page, a file, JSON that is no envelope. */
export type Reading = { readonly envelope: Envelope } | 'broken' | 'other'

export function readEnvelope(bytes: Buffer): Reading {
  if (!looksLikeJson(bytes)) return 'other'
  let value: JsonValue
  try {
    value = parseJsonDigits(utf8.decode(bytes))
  } catch {
    return 'broken'
  }
  if (!isJsonObject(value) || typeof value.code !== 'number') return 'other'
  const message = typeof value.message === 'string' ? value.message : null
  return { envelope: { body: value, code: value.code, message } }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Whether the first character that is no space is a brace; pictures are told apart without parsing them. */
function looksLikeJson(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 64).toString('utf8').trimStart()
  return start.startsWith('{') || start.startsWith('\uFEFF{')
}
