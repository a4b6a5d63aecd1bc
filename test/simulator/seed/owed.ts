import { completeDocument } from '../documents/complete.ts'
import { addDays, dateOf } from '../documents/dates.ts'
import type { DocumentKind } from '../documents/kind.ts'
import { linesOf } from '../documents/lines.ts'
import { type Fields, numberOf, textOf } from '../json.ts'
import { amountOf, unitsOf } from '../money.ts'
import type { StoredRecord, World } from '../resource.ts'
import { createDrafts, type Drafts } from './document-drafts.ts'
import { creationTimes, later, moved, scaled } from './document-times.ts'

/** Invoices or bills: what they are made from and how many are what. */
export interface OwedPlan {
  readonly kind: DocumentKind & { readonly blank: Fields }
  /** At full size. */
  readonly count: number
  readonly drafts: number
  readonly voids: number
  readonly orders: string
  /** Quantity of an order's line that has become a document. */
  readonly taken: string
  /** Further fields of a document made from an order, and of its lines. */
  ofOrder(order: StoredRecord): Fields
  ofLine(line: Fields, order: StoredRecord): Fields
}

interface Typed {
  readonly createdMs: number
  readonly fields: Fields
}

/** Documents that somebody owes money for, oldest first, nothing paid yet. */
export function seedOwed(world: World, plan: OwedPlan): StoredRecord[] {
  const drafts = createDrafts(world, plan.kind)
  if (!drafts.possible) return []
  const { anchorMs } = world.settings
  const ordered = typedFromOrders(world, drafts, plan)
  const free = creationTimes(drafts.random, anchorMs, scaled(world, plan.count) - ordered.length).map(
    (createdMs, number): Typed => ({ createdMs, fields: drafts.draft(number, createdMs) }),
  )
  const unlike = statuses(drafts, free, plan, world)
  const all = [...ordered, ...free].sort((a, b) => a.createdMs - b.createdMs)
  const newest = all.length - scaled(world, plan.count / 25, 2)
  return all.map(({ createdMs, fields }, number) => {
    const status = unlike.get(fields) ?? plan.kind.settling?.open ?? ''
    const due = number >= newest ? { due_date: afterAnchor(drafts, world) } : {}
    return drafts.record(number, { ...fields, status, ...due }, createdMs)
  })
}

/** More of a document is settled, at some time. */
export function settleMore(record: StoredRecord, kind: DocumentKind, more: Fields, at: number, world: World): void {
  const precision = numberOf(record.fields.price_precision)
  const sums: Fields = {}
  for (const key of kind.settling?.by ?? []) {
    const units = unitsOf(record.fields[key], precision) + unitsOf(more[key], precision)
    if (key in more) sums[key] = amountOf(units, precision, precision)
  }
  record.fields = completeDocument(kind, { ...record.fields, ...more, ...sums }, world, sums)
  moved(record, at, world)
}

const afterAnchor = ({ random }: Drafts, world: World): string =>
  addDays(dateOf(world.settings.anchorMs, world), random.integer(3, 45))

// Of those that no order stands behind, some are drafts, some void; of the others some were looked at.
function statuses({ random }: Drafts, free: readonly Typed[], plan: OwedPlan, world: World): Map<Fields, string> {
  const unlike = new Map<Fields, string>()
  const drafts = scaled(world, plan.drafts, 1)
  const sample = random.sample(free, drafts + scaled(world, plan.voids, 1))
  for (const [index, { fields }] of sample.entries()) unlike.set(fields, index < drafts ? 'draft' : 'void')
  if (plan.kind.side === 'purchase') return unlike
  for (const [index, { fields }] of free.entries()) {
    if (!unlike.has(fields) && index % 9 === 4) unlike.set(fields, index % 2 === 0 ? 'viewed' : 'unpaid')
  }
  return unlike
}

function typedFromOrders(world: World, { random }: Drafts, plan: OwedPlan): Typed[] {
  const { anchorMs } = world.settings
  return world.store.all(plan.orders).flatMap((order): Typed[] => {
    const taken = linesOf(order.fields).filter((line) => numberOf(line[plan.taken]) > 0)
    if (taken.length === 0) return []
    const createdMs = later(random, order.createdMs, 10, anchorMs)
    const line_items = taken.map((line) => ({ ...typedLine(line, line[plan.taken] ?? 0), ...plan.ofLine(line, order) }))
    const fields = { ...typedHead(order.fields, taken.length), ...plan.ofOrder(order), line_items }
    return [{ createdMs, fields: { ...fields, date: dateOf(createdMs, world) } }]
  })
}

/** What of a document is typed again when another is made of it. */
export function typedHead(fields: Fields, lines: number): Fields {
  const whole = lines === linesOf(fields).length
  const keys = whole ? [...headKeys, 'shipping_charge', 'adjustment', 'adjustment_description'] : headKeys
  return Object.fromEntries(keys.flatMap((key) => (key in fields ? [[key, fields[key] ?? '']] : [])))
}

export const typedLine = (line: Fields, quantity: Fields[string]): Fields => ({
  item_id: line.item_id ?? '',
  name: line.name ?? '',
  quantity,
  rate: line.rate ?? 0,
  discount: textOf(line.discount).endsWith('%') ? (line.discount ?? 0) : 0,
  tax_percentage: line.tax_percentage ?? 0,
})

const headKeys = [
  ...['customer_id', 'vendor_id', 'exchange_rate', 'is_inclusive_tax', 'is_discount_before_tax', 'discount_type'],
  ...['discount', 'salesperson_id', 'salesperson_name', 'location_id'],
]
