import { amount, isAmount, type Json, type RawNumber } from './json.ts'

/** Digits after the point that sums of money keep; prices with more are rounded to them. */
export const moneyDigits = 4

/** A field as whole units of 10^-digits, half up; blanks and text count as 0. */
export function unitsOf(value: Json | undefined, digits: number = moneyDigits): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(literalOf(value))
  if (!match) return 0n
  const [, sign, whole = '0', fraction = ''] = match
  const kept = BigInt(`${whole}${fraction.slice(0, digits).padEnd(digits, '0')}`)
  const size = (fraction[digits] ?? '0') >= '5' ? kept + 1n : kept
  return sign === '-' ? -size : size
}

/** Units of 10^-from as units of 10^-to, half up and away from zero. */
export function rescale(units: bigint, from: number, to: number): bigint {
  if (to >= from) return units * 10n ** BigInt(to - from)
  const step = 10n ** BigInt(from - to)
  const size = ((units < 0n ? -units : units) + step / 2n) / step
  return units < 0n ? -size : size
}

/** A JSON number of so many digits after the point, as in `149.70`; nothing is `0`, as Zoho writes it. */
export function amountOf(units: bigint, precision: number, digits: number = moneyDigits): RawNumber {
  const rounded = rescale(units, digits, precision)
  if (rounded === 0n) return amount('0')
  const text = String(rounded < 0n ? -rounded : rounded).padStart(precision + 1, '0')
  const fraction = precision === 0 ? '' : `.${text.slice(-precision)}`
  return amount(`${rounded < 0n ? '-' : ''}${text.slice(0, text.length - precision)}${fraction}`)
}

/** A JSON number without digits that say nothing: a quantity. */
export function quantityOf(units: bigint, digits: number = moneyDigits): RawNumber {
  const text = amountOf(units, digits, digits).rawJSON
  return amount(text.includes('.') ? text.replace(/\.?0+$/, '') : text)
}

function literalOf(value: Json | undefined): string {
  if (isAmount(value)) return value.rawJSON
  if (typeof value === 'string') return value
  if (typeof value !== 'number') return ''
  const text = String(value)
  return text.includes('e') ? value.toFixed(18) : text
}
