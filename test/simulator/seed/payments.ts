import { numberText } from '../documents/complete.ts'
import { currencyOf } from '../documents/currency.ts'
import { dateOf } from '../documents/dates.ts'
import { type DocumentKind, partyOf } from '../documents/kind.ts'
import { billKind, customerPaymentKind, invoiceKind, vendorPaymentKind } from '../documents/kinds.ts'
import { completePayment, type PaymentKind } from '../documents/payment.ts'
import { sum } from '../documents/sums.ts'
import { type Fields, numberOf, textOf } from '../json.ts'
import { amountOf, unitsOf } from '../money.ts'
import type { Random } from '../random.ts'
import type { StoredRecord, World } from '../resource.ts'
import { exchangeRate } from './document-terms.ts'
import { modifiedAt, scaled } from './document-times.ts'
import { settleMore } from './owed.ts'
import { type PaymentPlan, planPayments } from './payment-plans.ts'

/** Payments of customers over the invoices of the store, which they settle. */
export const seedCustomerPayments = (world: World): StoredRecord[] =>
  seedPayments(world, customerPaymentKind, invoiceKind, 1200)

/** Payments to vendors over the bills of the store, which they settle. */
export const seedVendorPayments = (world: World): StoredRecord[] =>
  seedPayments(world, vendorPaymentKind, billKind, 180)

type Kind = PaymentKind & { readonly blank: Fields }

function seedPayments(world: World, kind: Kind, paid: DocumentKind, count: number): StoredRecord[] {
  const random = world.random(kind.application.resource)
  const contacts = world.store.all('contacts').filter(({ fields }) => fields.contact_type === partyOf[kind.side].type)
  if (contacts.length === 0 || world.store.all(paid.resource).length === 0) return []
  return planPayments(world, random, kind, scaled(world, count)).map((plan, number) => {
    const payer = contacts[random.integer(0, contacts.length - 1)]?.id ?? ''
    const payment = recordOf(world, random, kind, plan, number, payer)
    for (const { document, units } of plan.entries) {
      const more = { [kind.application.sum]: inOwn(document, units), ...latestOf(kind, payment) }
      settleMore(document, paid, more, plan.at, world)
    }
    return payment
  })
}

function recordOf(
  world: World,
  random: Random,
  kind: Kind,
  { at, entries, percentOver }: PaymentPlan,
  number: number,
  payer: string,
): StoredRecord {
  const { list, targetId, amount: amountField } = kind.application
  const party = partyOf[kind.side].id
  const contactId = textOf(entries[0]?.document.fields[party]) || payer
  const code = textOf(world.store.get('contacts', contactId)?.fields.currency_code)
  const { precision } = currencyOf(code, world)
  const applied = sum(entries.map(({ units }) => units))
  const over = entries.length > 0 ? (applied * BigInt(percentOver)) / 100n : advance(random, precision)
  const amount = amountOf(applied + unitsOf(amountOf(over, precision)), precision)
  const id = world.nextId()
  const modifiedMs = modifiedAt(random, at, world.settings.anchorMs)
  const date = dateOf(at, world)
  const fields = {
    ...kind.blank,
    [party]: contactId,
    payment_number: numberText('', number + 1),
    date,
    payment_mode: random.oneOf(['cash', 'cash', 'cash', 'banktransfer', 'check']),
    reference_number: random.next() < 0.2 ? `TRX${random.integer(10_000, 99_999)}` : '',
    exchange_rate: exchangeRate(code, date, world),
    [list]: entries.map(({ document, units }) => ({ [targetId]: document.id, [amountField]: inOwn(document, units) })),
    created_time: world.time.stamp(at),
    last_modified_time: world.time.stamp(modifiedMs),
  }
  return { id, fields: completePayment(kind, fields, world, { amount }), createdMs: at, modifiedMs }
}

const inOwn = ({ fields }: StoredRecord, units: bigint) => amountOf(units, numberOf(fields.price_precision))

const advance = (random: Random, precision: number): bigint =>
  BigInt(random.integer(5, 400)) * (precision === 0 ? 10_000n : 1n) * 10_000n

function latestOf({ application }: PaymentKind, { fields }: StoredRecord): Fields {
  return application.latest ? { [application.latest]: fields.date ?? '' } : {}
}
