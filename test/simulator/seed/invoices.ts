import { invoiceKind } from '../documents/kinds.ts'
import { numberOf } from '../json.ts'
import { amountOf, unitsOf } from '../money.ts'
import type { StoredRecord, World } from '../resource.ts'
import { later, scaled } from './document-times.ts'
import { seedOwed, settleMore } from './owed.ts'

/** Invoices, some of them from sales orders, a few written off in part or whole. */
export function seedInvoices(world: World): StoredRecord[] {
  const invoices = seedOwed(world, {
    kind: invoiceKind,
    count: 1500,
    drafts: 60,
    voids: 45,
    orders: 'salesorders',
    taken: 'quantity_invoiced',
    ofOrder: ({ id, fields }) => ({
      salesorder_id: id,
      salesorder_number: fields.salesorder_number ?? '',
      reference_number: fields.salesorder_number ?? '',
    }),
    ofLine: (line) => ({ salesorder_item_id: line.line_item_id ?? '' }),
  })
  writeOff(invoices, world)
  // Some say where the goods go, in a field that the company added.
  for (const { fields } of invoices.filter((_, index) => index % 10 === 3)) fields.cf_delivery_area = 'الكرادة'
  return invoices
}

function writeOff(invoices: readonly StoredRecord[], world: World): void {
  const random = world.random('write-offs')
  const late = invoices.filter(({ fields }) => fields.status === 'overdue')
  for (const [index, invoice] of random.sample(late, scaled(world, 12, 1)).entries()) {
    const precision = numberOf(invoice.fields.price_precision)
    const total = unitsOf(invoice.fields.total, precision)
    const units = index % 3 === 2 ? total : (total * BigInt(random.integer(5, 40))) / 100n
    const at = later(random, invoice.createdMs, 90, world.settings.anchorMs)
    settleMore(invoice, invoiceKind, { write_off_amount: amountOf(units, precision, precision) }, at, world)
  }
}
