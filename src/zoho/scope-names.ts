import type { Product } from './types.ts'

/**
 * Which scope a path needs, by its first segment: Zoho's OpenAPI files name one at each call. What only the settings
 * show (organisations, currencies, places, price lists) has no scope of its own.
 */
const groups: Readonly<Record<Product, Readonly<Record<string, string>>>> = {
  books: {
    // Books has no scope for items.
    items: 'settings',
    itemdetails: 'settings',
    organizations: 'settings',
    settings: 'settings',
    users: 'settings',
    locations: 'settings',
    pricebooks: 'settings',
    contacts: 'contacts',
    invoices: 'invoices',
    bills: 'bills',
    customerpayments: 'customerpayments',
    vendorpayments: 'vendorpayments',
    creditnotes: 'creditnotes',
    salesorders: 'salesorders',
    purchaseorders: 'purchaseorders',
  },
  inventory: {
    items: 'items',
    itemdetails: 'items',
    itemgroups: 'items',
    categories: 'items',
    compositeitems: 'compositeitems',
    organizations: 'settings',
    settings: 'settings',
    users: 'settings',
    locations: 'settings',
    pricebooks: 'settings',
    contacts: 'contacts',
    invoices: 'invoices',
    bills: 'bills',
    customerpayments: 'customerpayments',
    creditnotes: 'creditnotes',
    salesorders: 'salesorders',
    purchaseorders: 'purchaseorders',
    inventoryadjustments: 'inventoryadjustments',
    transferorders: 'transferorders',
  },
}

const families: Readonly<Record<Product, string>> = { books: 'ZohoBooks', inventory: 'ZohoInventory' }

/** The scope that lets a path be read; undefined where Zoho's documents were not asked for it. */
export function scopeOf(product: Product, path: string): string | undefined {
  const group = groups[product][path.split('/')[1] ?? '']
  return group === undefined ? undefined : `${families[product]}.${group}.READ`
}

/** Beside the READ ones, for making webhooks and workflow rules. */
export const scopesToCreate: readonly string[] = ['ZohoBooks.settings.CREATE', 'ZohoInventory.settings.CREATE']
