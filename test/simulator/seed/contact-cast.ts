import type { Settings } from '../options.ts'
import type { Random } from '../random.ts'
import * as words from './contact-words.ts'
import { share } from './scale.ts'

/** What one contact is, before it has addresses and people. */
export interface ContactRole {
  type: 'customer' | 'vendor'
  name: string
  arabic: boolean
  active: boolean
  creditLimit: boolean
  currency: string
}

/** Deals out the numbers of the real organisation. Vendors stand among the customers. */
export function castContacts(random: Random, settings: Settings): ContactRole[] {
  const customers = Array.from({ length: share(settings, 2415, 3) }, () => plainRole('customer'))
  const vendors = Array.from({ length: share(settings, 81, 2) }, () => plainRole('vendor'))
  const give = (among: ContactRole[], many: number, change: (role: ContactRole) => void) =>
    random.sample(among, many).forEach(change)

  give(customers, share(settings, 2125, 1), (role) => (role.arabic = true))
  give(customers, Math.round(customers.length * 0.7), (role) => (role.currency = 'IQD'))
  give(customers, share(settings, 97), (role) => (role.active = false))
  give(customers, share(settings, 150), (role) => (role.creditLimit = true))
  give(vendors, share(settings, 3), (role) => (role.active = false))
  give(vendors, Math.floor(vendors.length / 4), (role) => (role.currency = random.oneOf(['CNY', 'AED', 'IQD'])))
  nameAll(random, customers, vendors)
  return random.sample([...customers, ...vendors], customers.length + vendors.length)
}

function plainRole(type: ContactRole['type']): ContactRole {
  return { type, name: '', arabic: false, active: true, creditLimit: false, currency: 'USD' }
}

// Two contacts of one type cannot have the same name.
function nameAll(random: Random, customers: ContactRole[], vendors: ContactRole[]): void {
  const arabic = random.sample(
    words.shops.flatMap((shop) => words.shopNames.flatMap((name) => words.places.map((at) => `${shop} ${name} ${at}`))),
    Number.POSITIVE_INFINITY,
  )
  const latin = pairs(words.latinNames, words.latinTrades)
  nameEach(
    customers.filter((role) => role.arabic),
    arabic,
  )
  nameEach(
    customers.filter((role) => !role.arabic),
    latin,
  )
  nameEach(vendors, pairs(words.makers, words.makerTrades))
}

function nameEach(roles: ContactRole[], names: readonly string[]): void {
  roles.forEach((role, index) => {
    const round = Math.floor(index / names.length)
    role.name = `${names[index % names.length]}${round === 0 ? '' : ` ${round + 1}`}`
  })
}

const pairs = (first: readonly string[], second: readonly string[]) =>
  first.flatMap((one) => second.map((other) => `${one} ${other}`))
