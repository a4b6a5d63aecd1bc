import type { Resource } from '../resource.ts'
import { bills } from './bills.ts'
import { categories } from './categories.ts'
import { compositeitems } from './compositeitems.ts'
import { contacts } from './contacts.ts'
import { creditnotes } from './creditnotes.ts'
import { currencies } from './currencies.ts'
import { customerpayments } from './customerpayments.ts'
import { inventoryadjustments } from './inventoryadjustments.ts'
import { invoices } from './invoices.ts'
import { items } from './items.ts'
import { locations } from './locations.ts'
import { organizations } from './organizations.ts'
import { pricebooks } from './pricebooks.ts'
import { purchaseorders } from './purchaseorders.ts'
import { salesorders } from './salesorders.ts'
import { transferorders } from './transferorders.ts'
import { vendorpayments } from './vendorpayments.ts'
import { warehouses } from './warehouses.ts'

/** All resources, in the order they are seeded: what others refer to comes first. */
export const resources: readonly Resource[] = [
  currencies,
  organizations,
  locations,
  warehouses,
  categories,
  items,
  contacts,
  pricebooks,
  compositeitems,
  salesorders,
  purchaseorders,
  invoices,
  bills,
  creditnotes,
  customerpayments,
  vendorpayments,
  inventoryadjustments,
  transferorders,
]
