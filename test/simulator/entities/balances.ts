import { type Fields, type Json, textOf } from '../json.ts'
import { amountOf, moneyDigits, unitsOf } from '../money.ts'
import type { StoredRecord, World } from '../resource.ts'
import type { Store } from '../store.ts'
import { baseCurrency } from './currencies.ts'

/** What a contact owes and is owed, from the documents as they stand; a document moves it without touching the contact. */
export function balancesOf(contact: StoredRecord, world: World): Fields {
  const sums = sumsOf(world).get(contact.id)
  const precision = precisionOf(world, textOf(contact.fields.currency_code))
  const fields: Fields = {}
  for (const kind of kinds) {
    const { own = 0n, base = 0n } = sums?.get(kind) ?? {}
    fields[`${kind}_amount`] = amountOf(own, precision)
    fields[`${kind}_amount_bcy`] = amountOf(base, precisionOf(world, baseCurrency), moneyDigits + rateDigits)
  }
  return fields
}

/** Whether any document names the contact. */
export const hasDocuments = (contact: StoredRecord, world: World): boolean => sumsOf(world).has(contact.id)

const kinds = [
  'outstanding_receivable',
  'outstanding_payable',
  'unused_credits_receivable',
  'unused_credits_payable',
] as const
type Kind = (typeof kinds)[number]

/** Sums of one contact: in its own currency (moneyDigits) and in the base currency (moneyDigits + rateDigits). */
type Sums = Map<Kind, { own: bigint; base: bigint }>

interface Source {
  resource: string
  contact: string
  amount: string
  kind: Kind
  counts(status: string): boolean
}

const isOwed = (status: string) => status !== 'draft' && status !== 'void'
const sources: readonly Source[] = [
  { resource: 'invoices', contact: 'customer_id', amount: 'balance', kind: 'outstanding_receivable', counts: isOwed },
  { resource: 'bills', contact: 'vendor_id', amount: 'balance', kind: 'outstanding_payable', counts: isOwed },
  {
    resource: 'creditnotes',
    contact: 'customer_id',
    amount: 'balance',
    kind: 'unused_credits_receivable',
    counts: (status) => status === 'open',
  },
  {
    resource: 'customerpayments',
    contact: 'customer_id',
    amount: 'unused_amount',
    kind: 'unused_credits_receivable',
    counts: isOwed,
  },
  {
    resource: 'vendorpayments',
    contact: 'vendor_id',
    amount: 'balance',
    kind: 'unused_credits_payable',
    counts: isOwed,
  },
]

// Thousands of contacts share thousands of documents: they are summed once for each state of the store.
const known = new WeakMap<Store, { version: number; sums: Map<string, Sums> }>()

function sumsOf(world: World): Map<string, Sums> {
  const { store } = world
  const last = known.get(store)
  if (last?.version === store.version) return last.sums
  const sums = new Map<string, Sums>()
  const rates = ratesOf(world)
  for (const source of sources) for (const { fields } of store.all(source.resource)) add(sums, source, fields, rates)
  known.set(store, { version: store.version, sums })
  return sums
}

function add(sums: Map<string, Sums>, source: Source, fields: Fields, rates: ReadonlyMap<string, Json>): void {
  const contactId = textOf(fields[source.contact])
  const ofContact: Sums = sums.get(contactId) ?? new Map()
  sums.set(contactId, ofContact)
  if (!source.counts(textOf(fields.status))) return
  const { own, base } = ofContact.get(source.kind) ?? { own: 0n, base: 0n }
  const units = unitsOf(fields[source.amount])
  const rate = unitsOf(fields.exchange_rate || rates.get(textOf(fields.currency_code)) || 1, rateDigits)
  ofContact.set(source.kind, { own: own + units, base: base + units * rate })
}

const rateDigits = 18

function ratesOf({ store }: World): Map<string, Json> {
  return new Map(
    store.all('currencies').map(({ fields }) => [textOf(fields.currency_code), fields.exchange_rate ?? 1] as const),
  )
}

function precisionOf({ store }: World, code: string): number {
  const currency = store.all('currencies').find(({ fields }) => fields.currency_code === code)
  return Number(currency?.fields.price_precision ?? 2)
}
