import type { Fields } from '../json.ts'

/** What tells one kind of document from the others when it is completed. */
export interface DocumentKind {
  readonly resource: string
  readonly numberField: string
  /** What its numbers begin with, as in `INV-000012`. */
  readonly prefix: string
  readonly side: Side
  /** What a line has beside item, price and tax. */
  readonly line: Fields
  /** How its balance is paid down; without, it has none. */
  readonly settling?: Settling
}

export type Side = 'sale' | 'purchase'

export interface Settling {
  /** Fields that lower the balance. */
  readonly by: readonly string[]
  /** Status while something is left, and when nothing is. */
  readonly open: string
  readonly closed: string
  /** Whether the due date and part payments show in the status. */
  readonly isDue: boolean
}

/** The contact a document is about. */
export const partyOf = {
  sale: { type: 'customer', id: 'customer_id', name: 'customer_name' },
  purchase: { type: 'vendor', id: 'vendor_id', name: 'vendor_name' },
} as const
