import { type Json, textOf } from '../json.ts'
import { rescale, unitsOf } from '../money.ts'

// Everything here counts whole units of a currency: cents, or dinars where it has no digits.

const quantityDigits = 6
const rateDigits = 12
const percentDigits = 4

/** quantity × rate, half up. */
export const lineAmount = (quantity: Json | undefined, rate: Json | undefined, precision: number): bigint =>
  rescale(unitsOf(quantity, quantityDigits) * unitsOf(rate, rateDigits), quantityDigits + rateDigits, precision)

/** A discount as Zoho takes it: `"10.00%"` of an amount, or so much off; never more than there is. */
export function discountOf(discount: Json | undefined, from: bigint, precision: number): bigint {
  const text = textOf(discount)
  const off = text.endsWith('%') ? percentOf(from, text.slice(0, -1)) : unitsOf(discount, precision)
  return off > from ? from : off
}

export const percentOf = (of: bigint, percent: Json): bigint =>
  rescale(of * unitsOf(percent, percentDigits), percentDigits + 2, 0)

/** The tax that an amount contains. */
export function taxWithin(whole: bigint, percent: Json): bigint {
  const tax = unitsOf(percent, percentDigits)
  return divided(whole * tax, 100n * 10n ** BigInt(percentDigits) + tax)
}

/** Shares of an amount in proportion to the weights; together they are the amount. */
export function allocate(whole: bigint, weights: readonly bigint[]): bigint[] {
  const all = sum(weights)
  let weighed = 0n
  let given = 0n
  return weights.map((weight) => {
    weighed += weight
    const upToHere = all === 0n ? 0n : divided(whole * weighed, all)
    const share = upToHere - given
    given = upToHere
    return share
  })
}

export const sum = (units: readonly bigint[]): bigint => units.reduce((total, one) => total + one, 0n)

function divided(part: bigint, by: bigint): bigint {
  const size = ((part < 0n ? -part : part) * 2n + by) / (by * 2n)
  return part < 0n ? -size : size
}
