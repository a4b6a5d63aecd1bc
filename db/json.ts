/** JSON as it travels here: a number that a double cannot hold digit by digit is kept as its source text. */
export type JsonValue = string | number | boolean | null | RawNumber | JsonObject | readonly JsonValue[]
export interface JsonObject {
  readonly [key: string]: JsonValue
}
/** What `JSON.rawJSON` makes: `JSON.stringify` writes its text unchanged. */
export interface RawNumber {
  readonly rawJSON: string
}

// The language has these; the compiler's library does not know them yet.
interface DigitJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): JsonValue
  rawJSON(source: string): RawNumber
}
const digitJson = JSON as unknown as DigitJson

/**
 * `JSON.parse` without losing digits: 20-digit ids and amounts like 1.10 come back exactly as they were written.
 * @throws SyntaxError as JSON.parse does
 */
export function parseJsonDigits(text: string): JsonValue {
  return digitJson.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? digitJson.rawJSON(source) : value,
  )
}
