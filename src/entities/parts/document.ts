import { boolean, date, decimal, type Field, integer, text } from '../field.ts'
import { constant } from './constant.ts'
import { times } from './times.ts'
import { word } from './word.ts'

/**
 * What the list row and the detail of a sales or purchase document both say. Void and draft are states, and such a
 * document is as alive as any other.
 */
export const head = (number: string): Readonly<Record<string, Field>> => ({
  number: text(number),
  date: date('date'),
  status: word('status'),
  reference_number: text('reference_number'),
  currency_code: text('currency_code'),
  total: decimal('total'),
  is_active: constant(true),
  ...times,
})

/** What only a detail says: how the total comes about. Lists blank some of it, so list views leave it alone. */
export const sums = {
  exchange_rate: decimal('exchange_rate'),
  price_precision: integer('price_precision'),
  sub_total: decimal('sub_total'),
  sub_total_inclusive_of_tax: decimal('sub_total_inclusive_of_tax'),
  // As people entered it, `20.00%` or an amount; `discount_amount` is what it came to, without the discounts of lines.
  discount: text('discount'),
  discount_amount: decimal('discount_amount'),
  discount_type: word('discount_type'),
  is_discount_before_tax: boolean('is_discount_before_tax'),
  is_inclusive_tax: boolean('is_inclusive_tax'),
  tax_total: decimal('tax_total'),
  shipping_charge: decimal('shipping_charge'),
  adjustment: decimal('adjustment'),
  notes: text('notes'),
} satisfies Record<string, Field>
