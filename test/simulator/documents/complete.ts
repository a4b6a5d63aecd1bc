import { type Fields, numberOf, textOf } from '../json.ts'
import type { World } from '../resource.ts'
import { currencyOf } from './currency.ts'
import { dateOf, dueDate } from './dates.ts'
import { type DocumentKind, partyOf } from './kind.ts'
import { completeLines } from './lines.ts'
import { settle } from './settle.ts'
import { totalsOf } from './totals.ts'

/**
 * Fills in what Zoho would: names, currency, number, dates, ids and amounts of lines, totals, balance and status. What
 * `given` states itself stays as it is, so that a test can make a document that does not add up.
 */
export function completeDocument(kind: DocumentKind, fields: Fields, world: World, given: Fields): Fields {
  const isNew = !('bcy_total' in fields)
  const named = { ...fields, ...headOf(kind, fields, world, given) }
  const currency = currencyOf(textOf(named.currency_code), world)
  const changesMoney = isNew || moneyKeys.some((key) => key in given)
  const totals = changesMoney ? totalsOf(named, completeLines(kind, named, currency, world), currency) : {}
  const whole = { ...named, ...totals, ...given, ...(totals.line_items ? { line_items: totals.line_items } : {}) }
  const { settling } = kind
  const settles = changesMoney || ['total', 'due_date', 'status', ...(settling?.by ?? [])].some((key) => key in given)
  if (!settling || !settles) return whole
  const settled = settle(whole, settling, currency.precision, dateOf(world.now(), world))
  return { ...whole, ...settled, ...only(given, ['balance', 'status']) }
}

const moneyKeys = [
  ...['line_items', 'discount', 'discount_type', 'is_discount_before_tax', 'is_inclusive_tax'],
  ...['shipping_charge', 'adjustment', 'currency_code', 'exchange_rate'],
]

function headOf(kind: DocumentKind, fields: Fields, world: World, given: Fields): Fields {
  const party = partyOf[kind.side]
  const contact = world.store.get('contacts', textOf(fields[party.id]))?.fields
  const known = given[party.id] === undefined && fields[party.name]
  const date = textOf(fields.date) || dateOf(world.now(), world)
  return {
    [party.name]: given[party.name] ?? (known || (contact?.contact_name ?? '')),
    ...currencyFields(fields, given, textOf(contact?.currency_code), world),
    [kind.numberField]: textOf(fields[kind.numberField]) || nextNumber(kind, world),
    date,
    ...(kind.settling?.isDue ? termsOf(fields, contact, date) : {}),
  }
}

/** The currency of a document: its own, else its contact's; the rate is the one it was made with. */
export function currencyFields(fields: Fields, given: Fields, contactCode: string, world: World): Fields {
  const code = textOf(fields.currency_code) || contactCode
  const currency = currencyOf(code, world)
  const keepsRate = fields.exchange_rate && (!given.currency_code || given.exchange_rate)
  return {
    currency_id: currency.id,
    currency_code: currency.code,
    currency_symbol: currency.symbol,
    price_precision: currency.precision,
    exchange_rate: keepsRate ? (fields.exchange_rate ?? currency.rate) : currency.rate,
  }
}

/** The number after the highest one there is. */
export function nextNumber({ resource, numberField, prefix }: NumberedKind, { store }: World): string {
  const numbers = store
    .all(resource)
    .map(({ fields }) => Number(textOf(fields[numberField]).slice(prefix.length)))
    .filter(Number.isSafeInteger)
  return numberText(prefix, numbers.reduce((highest, number) => Math.max(highest, number), 0) + 1)
}

type NumberedKind = Pick<DocumentKind, 'resource' | 'numberField' | 'prefix'>

/** `INV-000012`; payments have bare numbers. */
export const numberText = (prefix: string, number: number): string =>
  prefix === '' ? String(number) : `${prefix}${String(number).padStart(6, '0')}`

function termsOf(fields: Fields, contact: Fields | undefined, date: string): Fields {
  const terms = numberOf(fields.payment_terms ?? contact?.payment_terms)
  return { payment_terms: terms, due_date: textOf(fields.due_date) || dueDate(date, terms) }
}

const only = (fields: Fields, keys: readonly string[]): Fields =>
  Object.fromEntries(keys.flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key]]])))
