import { withIds } from '../ids.ts'
import { type Fields, textOf } from '../json.ts'
import { amountOf, moneyDigits, unitsOf } from '../money.ts'
import type { World } from '../resource.ts'
import { appliedBy, completeEntries } from './apply.ts'
import { completeDocument } from './complete.ts'
import { currencyOf } from './currency.ts'
import { creditNoteKind, invoiceCredits } from './kinds.ts'
import { linesOf } from './lines.ts'
import { sum } from './sums.ts'

/** Completes a credit note: its use is the sum of what it credits to invoices and of its refunds. */
export function completeCreditNote(fields: Fields, world: World, given: Fields): Fields {
  const lists = {
    invoices_credited: completeEntries(invoiceCredits, fields, world),
    creditnote_refunds: withIds(fields.creditnote_refunds, 'creditnote_refund_id', world),
  }
  const whole = completeDocument(creditNoteKind, { ...fields, ...lists }, world, { ...given, ...keptOf(given, lists) })
  if (!('invoices_credited' in given || 'creditnote_refunds' in given)) return whole
  const { precision } = currencyOf(textOf(whole.currency_code), world)
  const refunds = linesOf(lists, 'creditnote_refunds').map(({ amount_fcy }) => unitsOf(amount_fcy))
  const used = {
    total_credits_used: amountOf(appliedBy(invoiceCredits, lists), precision, moneyDigits),
    total_refunded_amount: amountOf(sum(refunds), precision, moneyDigits),
  }
  return completeDocument(creditNoteKind, { ...whole, ...used }, world, { ...used, ...statedOf(given) })
}

// The completed lists stand in for the given ones.
const keptOf = (given: Fields, lists: Fields): Fields =>
  Object.fromEntries(Object.entries(lists).filter(([key]) => key in given))

const statedOf = (given: Fields): Fields =>
  Object.fromEntries(
    ['status', 'balance', 'total_credits_used', 'total_refunded_amount'].flatMap((key) =>
      given[key] === undefined ? [] : [[key, given[key]]],
    ),
  )
