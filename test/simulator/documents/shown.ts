import { customFieldsOf } from '../entities/custom-fields.ts'
import { placeKeys } from '../entities/place-keys.ts'
import { fixedId } from '../ids.ts'
import { type Fields, isFields, type Json, textOf } from '../json.ts'
import type { StoredRecord, World } from '../resource.ts'
import { dateOf, daysBetween } from './dates.ts'

/** Some fields in this order; those that are missing are blank. */
export const only = (fields: Fields, keys: readonly string[]): Fields =>
  Object.fromEntries(keys.map((key) => [key, fields[key] ?? '']))

/** `Due in 30 days`: text for people that changes from day to day without a modification. */
export function dueDays({ fields }: StoredRecord, world: World): string {
  if (settled.has(textOf(fields.status)) || !fields.due_date) return ''
  const days = daysBetween(dateOf(world.now(), world), textOf(fields.due_date))
  if (days === 0) return 'Due Today'
  return days > 0 ? `Due in ${days} day${days === 1 ? '' : 's'}` : `Overdue by ${-days} day${days === -1 ? '' : 's'}`
}

const settled = new Set(['paid', 'draft', 'void'])

/** Addresses of a document: its own, else its contact's. List rows write `zipcode`, details `zip`. */
export function addressesOf(fields: Fields, contactId: Json | undefined, world: World, zip: 'zip' | 'zipcode'): Fields {
  const contact = world.store.get('contacts', textOf(contactId))?.fields ?? {}
  const address = (key: string) => addressOf(isFields(fields[key]) ? fields[key] : contact[key], zip)
  return { billing_address: address('billing_address'), shipping_address: address('shipping_address') }
}

function addressOf(address: Json | undefined, zip: 'zip' | 'zipcode'): Fields {
  const own = isFields(address) ? address : {}
  const text = (key: string) => textOf(own[key])
  return {
    address: text('address'),
    street2: text('street2'),
    city: text('city'),
    state: text('state'),
    [zip]: text('zip') || text('zipcode'),
    country: text('country'),
    fax: text('fax'),
    phone: text('phone'),
    attention: text('attention'),
  }
}

/** Where a document belongs; one that names no place belongs to the first. */
export const placeOf = (fields: Fields, world: World): Fields =>
  placeKeys(world, textOf(fields.location_id) || (world.store.all('locations')[0]?.id ?? ''))

/** Custom fields of a document as a list and as a hash; it keeps them flat, as `cf_…`. */
export function customOf(record: StoredRecord, world: World): Fields {
  const { list, byName } = customFieldsOf(record, world)
  return { custom_fields: list, custom_field_hash: byName }
}

/** Who made and changed a record, as details tell it. */
export const authorsOf = (world: World): Fields => ({
  created_by_id: fixedId(world, 'user 1'),
  last_modified_by_id: fixedId(world, 'user 1'),
})

/** The one user of the organisation. */
export const userName = 'Simulated Owner'
