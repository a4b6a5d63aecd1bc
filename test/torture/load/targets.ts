import type { Simulator } from '../../simulator/index.ts'
import type { Target } from './sender.ts'

/** Kinds of records with a webhook, and how its body names one. */
const kinds = [
  { resource: 'items', module: 'products', wrapper: 'item', idKey: 'item_id' },
  { resource: 'contacts', module: 'customers', wrapper: 'contact', idKey: 'contact_id' },
  { resource: 'invoices', module: 'invoices', wrapper: 'invoice', idKey: 'invoice_id' },
  { resource: 'salesorders', module: 'orders', wrapper: 'salesorder', idKey: 'salesorder_id' },
] as const

/** Every record of some kinds. */
export const targetsOf = ({ control: { records } }: Simulator): (Target & { readonly resource: string })[] =>
  kinds.flatMap((kind) => records.ids(kind.resource).map((id) => ({ ...kind, id })))
