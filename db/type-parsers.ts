import pg from 'pg'
import { parseJsonDigits } from './json.ts'

type Parse = (text: string) => unknown

const { builtins } = pg.types
// pg's types name only the scalar types they know; the function takes any number.
const typeParserOf: (oid: number, format?: 'text' | 'binary') => Parse = pg.types.getTypeParser
const textArray: Parse = typeParserOf(1009)

/**
 * How values arrive, per pool so that nothing global changes: int8 as a safe number, numeric as its text (no float
 * touches an amount), timestamptz as Date, date and timestamp as text (they have no zone to shift by), JSON with its digits.
 */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : parsers.get(oid)) ?? typeParserOf(oid, format),
}

const parsers = new Map<number, Parse>([
  [builtins.INT8, safeInteger],
  [1016, arrayOf(safeInteger)],
  [builtins.NUMERIC, asText],
  [1231, arrayOf(asText)],
  [builtins.DATE, asText],
  [1182, arrayOf(asText)],
  [builtins.TIMESTAMP, asText],
  [1115, arrayOf(asText)],
  [builtins.JSON, parseJsonDigits],
  [199, arrayOf(parseJsonDigits)],
  [builtins.JSONB, parseJsonDigits],
  [3807, arrayOf(parseJsonDigits)],
])

function asText(text: string): string {
  return text
}

function safeInteger(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`bigint ${text} does not fit a number; select it as text`)
  return number
}

/** Applies `parse` to each element, whatever the depth; null stays null. */
function arrayOf(parse: Parse): Parse {
  const each = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(each) : typeof value === 'string' ? parse(value) : value
  return (text) => each(textArray(text))
}
