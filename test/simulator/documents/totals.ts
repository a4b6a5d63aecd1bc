import { type Fields, type Json, textOf } from '../json.ts'
import { amountOf, unitsOf } from '../money.ts'
import type { Currency } from './currency.ts'
import { allocate, discountOf, percentOf, sum, taxWithin } from './sums.ts'

/**
 * How a document adds up. All amounts are whole units of its currency, each rounded once, halves away from zero.
 *
 *     item_total       = quantity × rate − the line's discount (item_level only); with inclusive tax it contains the tax
 *     lines            = Σ item_total
 *     discount_amount  = entity_level discount: of `lines` before tax; after tax of lines + tax (inclusive: of lines)
 *     tax of a rate    = rate/100 × (its lines − their share of a discount before tax)   inclusive: rate/(100 + rate) ×
 *     tax_total        = Σ taxes[].tax_amount = Σ line_items[].line_item_taxes[].tax_amount
 *     sub_total        = lines                   inclusive: lines − tax_total
 *     sub_total_inclusive_of_tax = 0 (recorded)  inclusive: lines
 *     total            = sub_total − discount_amount + tax_total + shipping_charge + adjustment
 *                        inclusive, the same: sub_total_inclusive_of_tax − discount_amount + shipping_charge + adjustment
 *     discount_total   = discount_amount + Σ line_items[].discount_amount
 *     bcy_x            = x × exchange_rate in the base currency's precision, each on its own
 */
export function totalsOf(document: Fields, lines: readonly Fields[], currency: Currency): Fields {
  const { precision } = currency
  const inclusive = document.is_inclusive_tax === true
  const beforeTax = document.is_discount_before_tax !== false
  const amounts = lines.map(({ item_total }) => unitsOf(item_total, precision))
  const whole = sum(amounts)
  const off = (from: bigint) => (isItemLevel(document) ? 0n : discountOf(document.discount, from, precision))
  const early = beforeTax ? off(whole) : 0n
  const shares = allocate(early, amounts)
  const taxable = amounts.map((units, index) => units - (shares[index] ?? 0n))
  const taxes = taxesOf(lines, taxable, inclusive)
  const tax = sum(taxes.map(({ units }) => units))
  const discount = beforeTax ? early : off(inclusive ? whole : whole + tax)
  const sums = {
    sub_total: inclusive ? whole - tax : whole,
    tax_total: tax,
    discount_total: discount + sum(lines.map(({ discount_amount }) => unitsOf(discount_amount, precision))),
    shipping_charge: unitsOf(document.shipping_charge, precision),
    adjustment: unitsOf(document.adjustment, precision),
  }
  const total = sums.sub_total - discount + tax + sums.shipping_charge + sums.adjustment
  return {
    ...shown({ ...sums, total }, document, currency),
    sub_total_inclusive_of_tax: amountOf(inclusive ? whole : 0n, precision, precision),
    discount_amount: amountOf(discount, precision, precision),
    discount_percent: percentText(document.discount),
    taxes: taxes.map(({ named, units }) => ({ ...named, tax_amount: amountOf(units, precision, precision) })),
    line_items: lines.map((line, index) => ({ ...line, line_item_taxes: shareOf(taxes, index, precision) })),
  }
}

export const isItemLevel = ({ discount_type }: Fields): boolean => discount_type === 'item_level'

/** Units of an amount in the base currency, with its digits. */
export const inBase = (units: bigint, rate: Json | undefined, { precision, basePrecision }: Currency) =>
  amountOf(units * unitsOf(rate, exchangeDigits), basePrecision, precision + exchangeDigits)

const exchangeDigits = 18

interface Tax {
  readonly named: { tax_id: Json; tax_name: string }
  readonly units: bigint
  /** What falls to each line of the document. */
  readonly shares: bigint[]
}

// Zoho rounds a tax once for all lines of one rate (`tax_rounding: entity_level`).
function taxesOf(lines: readonly Fields[], taxable: readonly bigint[], inclusive: boolean): Tax[] {
  const rates = new Set(lines.flatMap(({ tax_id }) => (tax_id ? [textOf(tax_id)] : [])))
  return [...rates].map((taxId) => {
    const own = taxable.map((units, index) => (textOf(lines[index]?.tax_id) === taxId ? units : 0n))
    const { tax_name = '', tax_percentage = 0 } = lines.find(({ tax_id }) => textOf(tax_id) === taxId) ?? {}
    const units = inclusive ? taxWithin(sum(own), tax_percentage) : percentOf(sum(own), tax_percentage)
    const named = { tax_id: taxId, tax_name: `${textOf(tax_name)} (${textOf(tax_percentage)}%)` }
    return { named, units, shares: allocate(units, own) }
  })
}

function shareOf(taxes: readonly Tax[], index: number, precision: number): Fields[] {
  return taxes.flatMap(({ named, shares }) => {
    const units = shares[index] ?? 0n
    return units === 0n ? [] : [{ ...named, tax_amount: amountOf(units, precision, precision) }]
  })
}

function shown(sums: Record<string, bigint>, { exchange_rate }: Fields, currency: Currency): Fields {
  const fields: Fields = {}
  for (const [key, units] of Object.entries(sums)) {
    fields[key] = amountOf(units, currency.precision, currency.precision)
    fields[`bcy_${key}`] = inBase(units, exchange_rate ?? currency.rate, currency)
  }
  return fields
}

const percentText = (discount: Json | undefined): number =>
  textOf(discount).endsWith('%') ? Number(textOf(discount).slice(0, -1)) : 0
