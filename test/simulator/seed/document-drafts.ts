import { completeDocument, numberText } from '../documents/complete.ts'
import { currencyOf } from '../documents/currency.ts'
import { dateOf } from '../documents/dates.ts'
import { type DocumentKind, partyOf } from '../documents/kind.ts'
import { fixedId } from '../ids.ts'
import { amount, type Fields, type Json, textOf } from '../json.ts'
import type { Random } from '../random.ts'
import type { StoredRecord, World } from '../resource.ts'
import { exchangeRate, extrasOf, rateOf, termsOf } from './document-terms.ts'
import { modifiedAt } from './document-times.ts'

/** Makes the documents of one kind. */
export interface Drafts {
  readonly random: Random
  /** False in an organisation without contacts or items. */
  readonly possible: boolean
  /** A contact; most documents are about a fifth of them. */
  party(): StoredRecord | undefined
  /** What somebody typed into the n-th document. */
  draft(number: number, createdMs: number): Fields
  /** The whole document. */
  record(number: number, draft: Fields, createdMs: number): StoredRecord
}

export function createDrafts(world: World, kind: DocumentKind & { readonly blank: Fields }): Drafts {
  const { settings, store, time } = world
  const random = world.random(kind.resource)
  const party = partyOf[kind.side]
  const contacts = store.all('contacts').filter(({ fields }) => fields.contact_type === party.type)
  const regulars = random.sample(contacts, Math.ceil(contacts.length / 5))
  const unfit = kind.side === 'sale' ? 'purchases' : 'sales'
  const items = store.all('items').filter(({ fields }) => fields.item_type !== unfit && fields.status === 'active')
  const pick = <T>(from: readonly T[]): T | undefined => from[random.integer(0, from.length - 1)]
  const anybody = () => pick(random.next() < 0.8 ? regulars : contacts)

  function draft(number: number, createdMs: number): Fields {
    const contact = anybody()
    const currency = currencyOf(textOf(contact?.fields.currency_code), world)
    const terms = termsOf(number, currency)
    const date = dateOf(createdMs, world)
    const lines = Array.from({ length: random.integer(1, 6) }, (_, index): Fields => {
      const item = pick(items)
      const rate = item ? rateOf(random, item, kind.side, currency) : 0
      return { item_id: item?.id ?? '', quantity: quantity(random), rate, ...terms.line(index) }
    })
    return {
      [party.id]: contact?.id ?? '',
      date,
      exchange_rate: exchangeRate(currency.code, date, world),
      ...remarks(random, world),
      ...(kind.side === 'sale' ? sellerOf(random, world) : {}),
      ...terms.document,
      ...extrasOf(random, number, currency),
      line_items: lines,
    }
  }

  function record(number: number, typed: Fields, createdMs: number): StoredRecord {
    const id = world.nextId()
    const modifiedMs = modifiedAt(random, createdMs, settings.anchorMs)
    const fields = {
      ...kind.blank,
      ...typed,
      [kind.numberField]: numberText(kind.prefix, number + 1),
      created_time: time.stamp(createdMs),
      last_modified_time: time.stamp(modifiedMs),
    }
    const whole = completeDocument(kind, fields, world, { line_items: fields.line_items ?? [] })
    return { id, fields: whole, createdMs, modifiedMs }
  }

  return { random, possible: contacts.length > 0 && items.length > 0, party: anybody, draft, record }
}

function quantity(random: Random): Json {
  return random.next() < 0.04 ? amount(random.oneOf(['2.5', '0.75', '1.125'])) : random.integer(1, 24)
}

function remarks(random: Random, world: World): Fields {
  const place = world.store.all('locations')[random.next() < 0.7 ? 0 : random.integer(0, 3)]
  return {
    reference_number: random.next() < 0.2 ? `REF-${random.integer(100, 9999)}` : '',
    notes: random.next() < 0.3 ? random.oneOf(notes) : '',
    location_id: place?.id ?? '',
  }
}

function sellerOf(random: Random, world: World): Fields {
  const seller = random.integer(0, 3)
  if (seller === 0) return {}
  return { salesperson_id: fixedId(world, `seller ${seller}`), salesperson_name: `Simulated Seller ${seller}` }
}

const notes = [
  'Thanks for your business.',
  'التسليم خلال يومين',
  'شكرا لتعاملكم معنا\nالبضاعة المباعة لا ترد',
  'Paid in part, "rest" on delivery & <signed>',
] as const
