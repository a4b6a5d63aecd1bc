import { type Fields, type Json, textOf } from '../json.ts'
import { amountOf, moneyDigits, unitsOf } from '../money.ts'
import type { World } from '../resource.ts'
import type { Application } from './application.ts'
import { appliedBy, completeEntries } from './apply.ts'
import { currencyFields, nextNumber } from './complete.ts'
import { currencyOf } from './currency.ts'
import { dateOf } from './dates.ts'
import { partyOf, type Side } from './kind.ts'
import { linesOf } from './lines.ts'

export interface PaymentKind {
  readonly side: Side
  readonly application: Application
  /** Field with what is not applied to anything. */
  readonly rest: string
}

/** Fills in a payment: amount = Σ amount_applied + what is not applied, unless `given` states otherwise. */
export function completePayment(kind: PaymentKind, fields: Fields, world: World, given: Fields): Fields {
  const { application, rest } = kind
  const head = headOf(kind, fields, world, given)
  const { precision } = currencyOf(textOf(head.currency_code), world)
  const entries = completeEntries(application, { ...fields, ...head }, world)
  const applied = appliedBy(application, { [application.list]: entries })
  const amount = 'amount' in given ? unitsOf(given.amount) : largest(unitsOf(fields.amount), applied)
  return {
    ...fields,
    ...head,
    [application.list]: entries,
    amount: given.amount ?? amountOf(amount, precision, moneyDigits),
    [rest]: given[rest] ?? amountOf(amount - applied, precision, moneyDigits),
  }
}

// Without a contact or currency of its own, a payment has those of what it pays.
function headOf({ side, application }: PaymentKind, fields: Fields, world: World, given: Fields): Fields {
  const party = partyOf[side]
  const [first] = linesOf(fields, application.list)
  const paid = world.store.get(application.target, textOf(first?.[application.targetId]))?.fields
  const partyId: Json = fields[party.id] || (paid?.[party.id] ?? '')
  const contact = world.store.get('contacts', textOf(partyId))?.fields
  const code = textOf(paid?.currency_code) || textOf(contact?.currency_code)
  const known = given[party.id] === undefined && fields[party.name]
  const numbered = { resource: application.resource, numberField: 'payment_number', prefix: '' }
  return {
    [party.id]: partyId,
    [party.name]: given[party.name] ?? (known || (contact?.contact_name ?? '')),
    ...currencyFields(fields, given, code, world),
    payment_number: textOf(fields.payment_number) || nextNumber(numbered, world),
    date: textOf(fields.date) || dateOf(world.now(), world),
  }
}

const largest = (a: bigint, b: bigint): bigint => (a > b ? a : b)
