import { fixedId } from '../ids.ts'
import { amount, type Fields } from '../json.ts'
import type { Random } from '../random.ts'
import type { StoredRecord, World } from '../resource.ts'
import { type ContactRole, castContacts } from './contact-cast.ts'
import * as words from './contact-words.ts'

/** The customers and vendors of the organisation, oldest first. */
export function seedContacts(world: World): StoredRecord[] {
  const roles = castContacts(world.random('contact cast'), world.settings)
  const random = world.random('contacts')
  const moments = roles.map(() => createdAt(random, world.settings.anchorMs)).sort((a, b) => a - b)
  const records = roles.map((role, index) => seedContact(world, random, role, moments[index] ?? 0))
  sellToOneVendor(records)
  return records
}

function seedContact(world: World, random: Random, role: ContactRole, createdMs: number): StoredRecord {
  const id = world.nextId()
  const modifiedMs = modifiedAt(random, createdMs, world.settings.anchorMs)
  const person = personOf(world, random, role)
  const fields: Fields = {
    contact_name: role.name,
    contact_type: role.type,
    company_name: random.next() < 0.5 ? role.name : '',
    status: role.active ? 'active' : 'inactive',
    currency_code: role.currency,
    currency_id: currencyId(world, role.currency),
    payment_terms: paymentTerms(random),
    owner_id: random.next() < 0.4 ? fixedId(world, `user ${random.integer(1, 3)}`) : '',
    credit_limit: role.creditLimit ? amount(creditLimit(random, role.currency)) : '',
    first_name: '',
    last_name: '',
    email: '',
    phone: random.next() < 0.3 ? phone(random) : '',
    mobile: '',
    ...(person ? personAtTop(person) : {}),
    contact_persons: person ? [person] : [],
    billing_address: addressOf(world, random, role),
    shipping_address: { address_id: world.nextId() },
    created_time: world.time.stamp(createdMs),
    last_modified_time: world.time.stamp(modifiedMs),
  }
  return { id, fields, createdMs, modifiedMs }
}

function personOf(world: World, random: Random, { arabic }: ContactRole): Fields | undefined {
  if (random.next() < 0.35) return undefined
  const firstName = random.oneOf(arabic ? words.firstNames : words.latinFirstNames)
  return {
    contact_person_id: world.nextId(),
    first_name: firstName,
    last_name: arabic ? random.oneOf(words.lastNames) : '',
    email: random.next() < 0.2 ? `buyer${random.integer(1, 99_999)}@customer.example` : '',
    phone: '',
    mobile: phone(random),
    is_primary_contact: true,
    communication_preference: { is_email_enabled: true, is_whatsapp_enabled: random.next() < 0.5 },
  }
}

function personAtTop(person: Fields): Fields {
  const { first_name = '', last_name = '', email = '', mobile = '' } = person
  return { first_name, last_name, email, mobile }
}

function addressOf(world: World, random: Random, { type, arabic }: ContactRole): Fields {
  const address_id = world.nextId()
  if (random.next() < 0.4) return { address_id }
  if (type === 'vendor') return { address_id, address: `${random.integer(1, 400)} Export Road`, zip: '510000' }
  const city = random.oneOf(arabic ? words.places : words.cities)
  return { address_id, city, country: arabic ? 'العراق' : 'Iraq', country_code: 'IQ', phone: phone(random) }
}

const phone = (random: Random) => `+964 770 ${String(random.integer(0, 9_999_999)).padStart(7, '0')}`

// Days; Zoho writes "end of next month" as -3.
const paymentTerms = (random: Random): number => random.oneOf([0, 0, 0, 7, 15, 30, 30, 45, 60, -3])

const creditLimit = (random: Random, currency: string): string =>
  currency === 'IQD' ? `${random.integer(1, 60)}500000` : `${random.integer(5, 400)}00.50`

function currencyId(world: World, code: string): string {
  return world.store.all('currencies').find(({ fields }) => fields.currency_code === code)?.id ?? ''
}

const day = 86_400_000
const wholeSecond = (at: number) => Math.floor(at / 1000) * 1000

const createdAt = (random: Random, anchorMs: number) => wholeSecond(anchorMs - random.integer(2 * day, 1500 * day))

// A quarter was last touched by two imports, hence by the same seconds.
function modifiedAt(random: Random, createdMs: number, anchorMs: number): number {
  const imported = anchorMs - random.integer(1, 2) * 17 * day
  if (random.next() < 0.25) return Math.max(createdMs, imported)
  return wholeSecond(createdMs + (anchorMs - createdMs) * random.next())
}

// A company that buys and sells is two contacts of one name.
function sellToOneVendor(records: StoredRecord[]): void {
  const vendor = records.find(({ fields }) => fields.contact_type === 'vendor')
  const customer = records.findLast(({ fields }) => fields.contact_type === 'customer')
  if (vendor && customer) customer.fields.contact_name = vendor.fields.contact_name ?? ''
}
