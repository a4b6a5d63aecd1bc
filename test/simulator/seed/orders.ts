import { addDays } from '../documents/dates.ts'
import { purchaseOrderKind, salesOrderKind } from '../documents/kinds.ts'
import { linesOf } from '../documents/lines.ts'
import { only } from '../documents/shown.ts'
import { type Fields, numberOf, textOf } from '../json.ts'
import type { StoredRecord, World } from '../resource.ts'
import { createDrafts } from './document-drafts.ts'
import { creationTimes, scaled } from './document-times.ts'

/** Sales orders; what is invoiced of them, the seed of invoices bills. */
export function seedSalesOrders(world: World): StoredRecord[] {
  const drafts = createDrafts(world, salesOrderKind)
  if (!drafts.possible) return []
  const times = creationTimes(drafts.random, world.settings.anchorMs, scaled(world, 260))
  return times.map((createdMs, number) => {
    const status = salesStatuses[number % salesStatuses.length] ?? 'open'
    const draft = drafts.draft(number, createdMs)
    const line_items = ordered(draft, status === 'partially_invoiced').map((line, index) => ({
      ...line,
      ...soldSoFar(status, line, index, number),
    }))
    const shipment_date = addDays(textOf(draft.date), 2 + (number % 9))
    const record = drafts.record(number, { ...draft, status, shipment_date, line_items }, createdMs)
    record.fields.packages = packagesOf(record, number, world)
    return record
  })
}

/** Purchase orders; what is billed of them, the seed of bills bills. */
export function seedPurchaseOrders(world: World): StoredRecord[] {
  const drafts = createDrafts(world, purchaseOrderKind)
  if (!drafts.possible) return []
  const times = creationTimes(drafts.random, world.settings.anchorMs, scaled(world, 120))
  return times.map((createdMs, number) => {
    const status = purchaseStatuses[number % purchaseStatuses.length] ?? 'open'
    const draft = drafts.draft(number, createdMs)
    const line_items = ordered(draft, status === 'partially_billed').map((line, index) => ({
      ...line,
      ...boughtSoFar(status, line, index),
    }))
    const delivery_date = addDays(textOf(draft.date), 5 + (number % 30))
    const typed = { ...draft, status, delivery_date, expected_delivery_date: delivery_date, line_items }
    const record = drafts.record(number, typed, createdMs)
    record.fields.purchasereceives = receivesOf(record, number, world)
    return record
  })
}

const salesStatuses = [
  ...['invoiced', 'open', 'partially_invoiced', 'invoiced', 'draft', 'invoiced', 'void', 'invoiced', 'open', 'closed'],
  ...['invoiced', 'invoiced', 'partially_invoiced', 'open', 'invoiced', 'invoiced', 'draft', 'invoiced', 'invoiced'],
]
const purchaseStatuses = [
  ...['billed', 'partially_billed', 'open', 'billed', 'draft', 'billed', 'cancelled', 'billed', 'closed', 'open'],
  ...['billed', 'billed', 'partially_billed', 'billed', 'open'],
]

// Of an order that is done in part, half of the first line is done: it needs an even quantity.
function ordered(draft: Fields, inPart: boolean): Fields[] {
  const lines = linesOf(draft)
  if (!inPart) return lines
  return lines.map((line, index) =>
    index === 0 ? { ...line, quantity: 2 * Math.ceil(numberOf(line.quantity)) } : line,
  )
}

const half = (line: Fields, index: number): number => (index === 0 ? numberOf(line.quantity) / 2 : 0)

function soldSoFar(status: string, line: Fields, index: number, number: number): Fields {
  const all = line.quantity ?? 0
  const sold = (
    quantity_invoiced: Fields[string],
    quantity_packed: Fields[string],
    quantity_shipped: Fields[string],
  ) => ({
    quantity_invoiced,
    quantity_packed,
    quantity_shipped,
  })
  if (status === 'invoiced') return sold(all, all, number % 3 === 2 && index > 0 ? 0 : all)
  if (status === 'closed') return sold(all, all, all)
  if (status === 'partially_invoiced') return sold(half(line, index), half(line, index), 0)
  return status === 'open' && number % 2 === 0 ? sold(0, all, 0) : {}
}

function boughtSoFar(status: string, line: Fields, index: number): Fields {
  const all = line.quantity ?? 0
  if (status === 'billed' || status === 'closed') return { quantity_billed: all, quantity_received: all }
  if (status === 'partially_billed') return { quantity_billed: half(line, index), quantity_received: half(line, index) }
  return status === 'cancelled' ? { quantity_cancelled: all } : {}
}

function packagesOf({ fields }: StoredRecord, number: number, world: World): Fields[] {
  const isDone = (key: string) => linesOf(fields).some((line) => numberOf(line[key]) > 0)
  if (!isDone('quantity_packed')) return []
  const shipped = isDone('quantity_shipped')
  const package_id = world.nextId()
  return [
    {
      package_id,
      package_number: `PKG-${String(number + 1).padStart(5, '0')}`,
      date: fields.date ?? '',
      status: shipped ? 'shipped' : 'not_shipped',
      shipment_id: shipped ? world.nextId() : '',
      shipment_number: shipped ? `SHP-${String(number + 1).padStart(5, '0')}` : '',
      shipment_date: shipped ? (fields.shipment_date ?? '') : '',
      carrier: shipped ? 'Own van' : '',
      tracking_number: '',
    },
  ]
}

function receivesOf({ fields }: StoredRecord, number: number, world: World): Fields[] {
  const lines = linesOf(fields).filter(({ quantity_received }) => numberOf(quantity_received) > 0)
  if (lines.length === 0) return []
  return [
    {
      receive_id: world.nextId(),
      receive_number: `PR-${String(number + 1).padStart(5, '0')}`,
      date: fields.delivery_date ?? '',
      notes: '',
      line_items: lines.map((line) => only(line, receivedKeys)),
    },
  ]
}

const receivedKeys = ['line_item_id', 'item_id', 'name', 'unit', 'quantity', 'quantity_received']
