import { fixedId } from '../ids.ts'
import { type Fields, isFields, type Json, textOf } from '../json.ts'
import { amountOf, unitsOf } from '../money.ts'
import type { World } from '../resource.ts'
import type { Currency } from './currency.ts'
import type { DocumentKind } from './kind.ts'
import { discountOf, lineAmount } from './sums.ts'
import { taxOf } from './taxes.ts'
import { inBase, isItemLevel } from './totals.ts'

/** The lines of a document, each with its id, what its item says, and its amount. */
export function completeLines(kind: DocumentKind, document: Fields, currency: Currency, world: World): Fields[] {
  return linesOf(document).map((line, index) => ({
    ...ofItem(kind, line, world),
    ...kind.line,
    ...line,
    ...priced(kind, line, document, currency, world),
    ...taxOf(line, world),
    line_item_id: line.line_item_id || world.nextId(),
    item_order: index + 1,
  }))
}

/** The objects of a list in a document. */
export function linesOf(document: Fields, key = 'line_items'): Fields[] {
  const lines = document[key]
  return Array.isArray(lines) ? lines.filter(isFields) : []
}

function ofItem({ side }: DocumentKind, line: Fields, world: World): Fields {
  const item = world.store.get('items', textOf(line.item_id))?.fields ?? {}
  const account = side === 'sale' ? 'Sales' : 'Cost of Goods Sold'
  return {
    item_id: '',
    name: item.name ?? '',
    sku: item.sku ?? '',
    description: item.description ?? '',
    unit: item.unit ?? '',
    item_type: item.item_type ?? '',
    product_type: item.product_type ?? '',
    account_id: fixedId(world, `account ${account}`),
    account_name: account,
  }
}

function priced(kind: DocumentKind, line: Fields, document: Fields, currency: Currency, world: World): Fields {
  const { precision } = currency
  const quantity = line.quantity ?? 1
  const rate = line.rate ?? priceOf(kind, line, world)
  const gross = lineAmount(quantity, rate, precision)
  const off = isItemLevel(document) ? discountOf(line.discount, gross, precision) : 0n
  const exchange = document.exchange_rate ?? currency.rate
  return {
    quantity,
    rate,
    bcy_rate: inBase(unitsOf(rate, precision), exchange, currency),
    discount: line.discount ?? 0,
    discount_amount: amountOf(off, precision, precision),
    item_total: amountOf(gross - off, precision, precision),
  }
}

function priceOf({ side }: DocumentKind, line: Fields, { store }: World): Json {
  const price = store.get('items', textOf(line.item_id))?.fields[side === 'sale' ? 'rate' : 'purchase_rate']
  return price === undefined || price === '' ? 0 : price
}
