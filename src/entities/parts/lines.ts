import type { ChildSet, Link } from '../entity.ts'
import { decimal, type Field, id, text } from '../field.ts'
import { childKey, position, under } from './children.ts'
import { firstOf } from './first-of.ts'
import { placeId, placeLink } from './place.ts'

/** What a line of any document says; the item may be unknown to us, or none at all. */
export const lineColumns = {
  position,
  zoho_item_id: id('item_id'),
  name: text('name'),
  description: text('description'),
  unit: text('unit'),
  zoho_location_id: placeId(),
} satisfies Record<string, Field>

/** Lines with a price. Orders to suppliers may call it `purchase_rate`. */
export const pricedLineColumns = (rate: 'rate' | 'purchase_rate' = 'rate'): Readonly<Record<string, Field>> => ({
  ...lineColumns,
  quantity: decimal('quantity'),
  rate: decimal(firstOf('rate', rate)),
  discount: text('discount'),
  discount_amount: decimal('discount_amount'),
  tax_percentage: decimal('tax_percentage'),
  item_total: decimal('item_total'),
})

const productLink: Link = {
  column: 'product_id',
  reference: 'zoho_item_id',
  parent: 'products',
  parentKey: 'zoho_item_id',
}

/** The `line_items` of a document, replaced as a set whenever a document shows them. */
export const linesOf = (spec: Pick<ChildSet, 'table' | 'owner' | 'columns'>): ChildSet => ({
  key: lineKey,
  rows: under('line_items'),
  guarded: true,
  links: [productLink, placeLink()],
  ...spec,
})

/** What another source knows of lines that are there. */
export const fillLines = (spec: Pick<ChildSet, 'table' | 'owner' | 'columns'>): ChildSet => ({
  key: lineKey,
  rows: under('line_items'),
  mode: 'fill',
  ...spec,
})

const lineKey = { zoho_line_item_id: childKey('line_item_id') }
