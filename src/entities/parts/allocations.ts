import type { ChildSet, Link } from '../entity.ts'
import { date, decimal, type Field, id, text } from '../field.ts'
import { childKey, position, under } from './children.ts'
import { firstOf } from './first-of.ts'

interface Spec extends Pick<ChildSet, 'table' | 'owner'> {
  /** Key of the list in the document, and in its entries: their own id, the amount, and the day it was applied. */
  readonly list: string
  readonly entryId: readonly string[]
  readonly amount: readonly string[]
  readonly appliedOn: readonly string[]
  readonly settles: 'invoice' | 'bill'
  readonly columns?: Readonly<Record<string, Field>>
}

/** How much of a payment or credit settles which invoice or bill. */
export function allocationsOf({ table, owner, list, entryId, amount, appliedOn, settles, columns }: Spec): ChildSet {
  const reference = `zoho_${settles}_id`
  const link: Link = { column: `${settles}_id`, reference, parent: `${settles}s`, parentKey: reference }
  return {
    table,
    owner,
    key: { zoho_allocation_id: childKey(...entryId) },
    rows: under(list),
    columns: {
      position,
      [reference]: id(`${settles}_id`),
      [`${settles}_number`]: text(`${settles}_number`),
      amount_applied: decimal(firstOf(...amount)),
      date: date(firstOf(...appliedOn)),
      ...columns,
    },
    links: [link],
  }
}

/** What entries show of the document they settle, as it stands now: it moves without them. */
export const shownOf = (list: string): readonly string[] =>
  ['total', 'balance', 'date', 'due_date'].map((key) => `${list}.${key}`)
