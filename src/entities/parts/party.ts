import type { Link } from '../entity.ts'
import { type Field, id, text } from '../field.ts'

interface Party {
  readonly columns: Readonly<Record<string, Field>>
  readonly link: Link
}

/** Who buys. Name and id are kept as the document has them, whether or not we know the customer yet. */
export const customer: Party = {
  columns: { zoho_customer_id: id('customer_id'), customer_name: text('customer_name') },
  link: { column: 'customer_id', reference: 'zoho_customer_id', parent: 'customers', parentKey: 'zoho_contact_id' },
}

/** Who sells to us. */
export const vendor: Party = {
  columns: { zoho_vendor_id: id('vendor_id'), vendor_name: text('vendor_name') },
  link: { column: 'vendor_id', reference: 'zoho_vendor_id', parent: 'suppliers', parentKey: 'zoho_contact_id' },
}
