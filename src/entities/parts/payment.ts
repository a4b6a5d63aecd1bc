import { date, decimal, type Field, text } from '../field.ts'
import { constant } from './constant.ts'
import { firstOf } from './first-of.ts'
import { times } from './times.ts'
import { word } from './word.ts'

/** What the list row and the detail of a payment both say. */
export const payment = {
  number: text('payment_number'),
  date: date('date'),
  status: word(firstOf('status', 'payment_status')),
  amount: decimal('amount'),
  mode: text('payment_mode'),
  reference_number: text('reference_number'),
  description: text('description'),
  is_active: constant(true),
  ...times,
} satisfies Record<string, Field>

/** What only its detail says, or some lists. */
export const paymentDetail = {
  currency_code: text('currency_code'),
  exchange_rate: decimal('exchange_rate'),
  tax_amount_withheld: decimal('tax_amount_withheld'),
  bank_charges: decimal('bank_charges'),
} satisfies Record<string, Field>
