import { amount, type Fields, type Json, numberOf } from '../json.ts'
import type { Random } from '../random.ts'
import type { StoredRecord, World } from '../resource.ts'
import { share } from './scale.ts'

/** The price lists, and which customers buy by one. */
export function seedPricebooks(world: World): StoredRecord[] {
  if (world.settings.items === 0) return []
  const random = world.random('pricebooks')
  const records = books.map((book, index) => seedBook(world, random, book, index))
  giveToCustomers(world, random, records)
  return records
}

interface Book {
  name: string
  currency: string
  status: string
  scheme: 'unit' | 'volume' | ''
  /** Price against the item's own. */
  factor: number
  percentage?: Fields
}

const books: readonly Book[] = [
  { name: 'Retail IQD', currency: 'IQD', status: 'active', scheme: 'unit', factor: 1.05 },
  { name: 'جملة', currency: 'IQD', status: 'active', scheme: 'unit', factor: 0.92 },
  { name: 'Retail IQD 2023', currency: 'IQD', status: 'inactive', scheme: 'unit', factor: 0.97 },
  { name: 'Consumer USD', currency: 'USD', status: 'active', scheme: 'unit', factor: 1.1 },
  { name: 'Volume USD', currency: 'USD', status: 'active', scheme: 'volume', factor: 1 },
  {
    name: 'Staff',
    ...{ currency: '', status: 'active', scheme: '', factor: 1 },
    percentage: { percentage: 10, pricebook_rate: 10, is_increase: false, decimal_place: 2 },
  },
  {
    name: 'Online',
    ...{ currency: '', status: 'active', scheme: '', factor: 1 },
    percentage: {
      ...{ percentage: 4, pricebook_rate: 4, is_increase: true, decimal_place: 2 },
      rounding_type: 'round_to_dollar_minus_01',
    },
  },
]

function seedBook(world: World, random: Random, book: Book, index: number): StoredRecord {
  const id = world.nextId()
  const createdMs = world.settings.anchorMs - (900 - index * 100) * day
  const modifiedMs = world.settings.anchorMs - random.integer(1, 200) * day
  const fields: Fields = {
    name: book.name,
    status: book.status,
    currency_code: book.currency,
    currency_id: world.store.all('currencies').find(({ fields: own }) => own.currency_code === book.currency)?.id ?? '',
    pricebook_type: book.percentage ? 'fixed_percentage' : 'per_item',
    pricing_scheme: book.scheme,
    decimal_place: book.currency === 'USD' ? 2 : 0,
    ...book.percentage,
    pricebook_items: book.percentage ? [] : linesOf(world, random, book),
    last_modified_time: world.time.stamp(modifiedMs),
  }
  return { id, fields, createdMs, modifiedMs }
}

function linesOf(world: World, random: Random, book: Book): Json[] {
  const sold = world.store.all('items').filter(({ fields }) => fields.status === 'active')
  const priced = random.sample(sold, share(world.settings, 1304, 1))
  return priced.map(({ id, fields }): Fields => {
    const price = (numberOf(fields.rate) || numberOf(fields.purchase_rate) || 1) * book.factor
    if (book.scheme === 'volume') return { item_id: id, price_brackets: brackets(world, price) }
    const pricebook_rate = book.currency === 'IQD' ? dinars(price) : dollars(random, price)
    return { pricebook_item_id: world.nextId(), item_id: id, pricebook_rate, pricebook_discount: '' }
  })
}

// The last bracket is open: its end is blank.
function brackets(world: World, price: number): Json[] {
  const steps = [1, 10, 50]
  return steps.map((start, index): Fields => {
    const end = steps[index + 1]
    return {
      pricebook_item_id: world.nextId(),
      start_quantity: amount(`${start}.0`),
      end_quantity: end === undefined ? '' : amount(`${end - 1}.0`),
      pricebook_rate: amount((price * (1 - index * 0.04)).toFixed(2)),
      pricebook_discount: '',
    }
  })
}

/** Prices in dinars are whole notes of 250. */
const dinars = (price: number): Json => Math.max(1, Math.round((price * 1310) / 250)) * 250

const dollars = (random: Random, price: number): Json => amount(price.toFixed(random.integer(1, 4)))

function giveToCustomers(world: World, random: Random, pricebooks: StoredRecord[]): void {
  const customers = world.store.all('contacts').filter(({ fields }) => fields.contact_type === 'customer')
  for (const { fields } of random.sample(customers, Math.floor(customers.length / 5))) {
    const fitting = pricebooks.filter(
      ({ fields: own }) => own.currency_code === fields.currency_code && own.status === 'active',
    )
    fields.pricebook_id = random.sample(fitting, 1)[0]?.id ?? ''
  }
}

const day = 86_400_000
