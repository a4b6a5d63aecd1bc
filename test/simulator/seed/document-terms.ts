import { type Currency, currencyOf } from '../documents/currency.ts'
import type { Side } from '../documents/kind.ts'
import { amount, type Fields, type Json, numberOf } from '../json.ts'
import type { Random } from '../random.ts'
import type { StoredRecord, World } from '../resource.ts'

/** Discount and tax of a document and of its lines. */
export interface Terms {
  readonly document: Fields
  /** Of the n-th line. */
  line(index: number): Fields
}

const none = () => ({})
const taxed = (tax_percentage: number) => () => ({ tax_percentage })
const afterTax: Fields = { is_discount_before_tax: false }
const inclusive: Fields = { is_inclusive_tax: true }
const byLine: Fields = { discount_type: 'item_level' }

/** The terms of the n-th document; they come round, so that a small organisation has most of them too. */
export function termsOf(number: number, currency: Currency): Terms {
  const off = flat(currency, 1.35)
  const terms: readonly Terms[] = [
    { document: {}, line: none },
    { document: {}, line: taxed(5) },
    { document: { discount: '10.00%' }, line: taxed(15) },
    { document: {}, line: none },
    { document: byLine, line: (index) => ({ discount: index % 2 === 0 ? '7.50%' : off, tax_percentage: 5 }) },
    { document: inclusive, line: taxed(15) },
    { document: {}, line: none },
    { document: { discount: off }, line: taxed(5) },
    { document: { ...afterTax, discount: '3.00%' }, line: taxed(15) },
    { document: {}, line: none },
    {
      document: { ...inclusive, ...byLine },
      line: (index) => ({ discount: '12.5%', tax_percentage: (index % 2) * 5 }),
    },
    { document: {}, line: (index) => ({ tax_percentage: [0, 5, 15][index % 3] ?? 0 }) },
    { document: { ...inclusive, ...afterTax, discount: off }, line: taxed(5) },
    { document: { discount: '33.33%' }, line: none },
    { document: byLine, line: (index) => ({ discount: index === 0 ? off : 0 }) },
    { document: {}, line: none },
    { document: { discount: '5.00%' }, line: (index) => ({ tax_percentage: index % 2 === 0 ? 15 : 5 }) },
  ]
  return terms[number % terms.length] ?? { document: {}, line: none }
}

/** Freight on some, a rounding on others. */
export function extrasOf(random: Random, number: number, currency: Currency): Fields {
  const shipping = number % 7 === 3 ? { shipping_charge: flat(currency, random.integer(100, 2500) / 100) } : {}
  if (number % 11 !== 5) return shipping
  const up = random.integer(1, 9) / 100
  const adjustment = random.next() < 0.5 ? flat(currency, up) : flat(currency, -up)
  return { ...shipping, adjustment, adjustment_description: 'Rounding' }
}

/** What one piece costs in a document: the item's price with the digits somebody typed, or what it makes elsewhere. */
export function rateOf(random: Random, item: StoredRecord, side: Side, currency: Currency): Json {
  const listed = item.fields[side === 'sale' ? 'rate' : 'purchase_rate'] ?? 0
  // Things without a price are given away now and then; mostly somebody names one.
  if (numberOf(listed) === 0) return random.next() < 0.1 ? 0 : flat(currency, random.integer(100, 9000) / 100)
  return numberOf(currency.rate) === 1 ? listed : flat(currency, numberOf(listed))
}

// The dinar was worth less before February 2023.
export function exchangeRate(code: string, date: string, world: World): Json {
  return code === 'IQD' && date < '2023-02-07' ? amount('0.000684931506849') : currencyOf(code, world).rate
}

/** Dollars as an amount of a currency, dinars in the smallest note. */
function flat({ rate, precision }: Currency, dollars: number): Json {
  const own = dollars / numberOf(rate)
  if (precision > 0) return amount(own.toFixed(precision))
  const note = 250
  return amount(String(Math.sign(own) * Math.max(note, Math.round(Math.abs(own) / note) * note)))
}
