import { fixedId } from '../ids.ts'
import { type Fields, textOf } from '../json.ts'
import { amountOf } from '../money.ts'
import { type Resource, type StoredRecord, type World, without } from '../resource.ts'
import { seedAdjustments } from '../seed/stock-documents.ts'
import { placeKeys } from './place-keys.ts'
import { authorship, completeLines, itemOf, linesOf, locationAt, quantitySum, sumOf } from './stock-lines.ts'

/** Corrections of stock. Their list takes pages and nothing else. */
export const inventoryadjustments: Resource = {
  name: 'inventoryadjustments',
  idField: 'inventory_adjustment_id',
  label: 'Inventory Adjustment',
  webhook: { module: 'adjustments', envelope: 'inventory_adjustment' },
  blank: {
    reason: 'Stocktaking results',
    description: '',
    reference_number: '',
    adjustment_type: 'quantity',
    status: 'adjusted',
    line_items: [],
  },
  prepare: complete,
  seed: seedAdjustments,
  views: {
    inventory: {
      path: '/inventoryadjustments',
      listKey: 'inventory_adjustments',
      detailKey: 'inventory_adjustment',
      paged: true,
      reportName: 'Inventory Adjustments',
      newestFirst: true,
      listRow,
      detail: (record, world) => ({
        ...without(whole(record, world), notInDetails),
        line_items: linesOf(record.fields).map((line) => shownLine(line, world)),
      }),
    },
  },
}

const notInDetails = new Set(['item_id', 'name'])

function listRow(record: StoredRecord, world: World): Fields {
  const [first = {}, ...others] = linesOf(record.fields)
  // The row names the item where there is only one.
  const only = others.length === 0 ? first : {}
  return { ...whole(record, world), item_id: only.item_id ?? '', name: only.name ?? '' }
}

function whole({ id, fields }: StoredRecord, world: World): Fields {
  const lines = linesOf(fields)
  const worth = amountOf(sumOf(lines, 'item_total'), 2)
  return {
    inventory_adjustment_id: id,
    quantity_adjusted: quantitySum(lines, 'quantity_adjusted'),
    value_adjusted: fields.adjustment_type === 'value' ? worth : 0,
    total: worth,
    ...authorship,
    custom_fields: [],
    ...placeKeys(world, textOf(fields.location_id)),
    ...without(fields, stored),
  }
}

// Kept once, shown elsewhere or under another name.
const stored = new Set(['line_items', 'location_id'])

function shownLine(line: Fields, world: World): Fields {
  const item = itemOf(line, world)
  return {
    description: '',
    unit: item?.unit ?? '',
    is_combo_product: item?.is_combo_product ?? false,
    adjustment_account_id: fixedId(world, 'account cost of goods'),
    adjustment_account_name: 'Cost of Goods Sold',
    serial_numbers: [],
    batches: [],
    ...placeKeys(world, textOf(line.location_id)),
    ...without(line, stored),
  }
}

function complete(fields: Fields, world: World): Fields {
  const location_id = fields.location_id || locationAt(world, 0)
  const lines = completeLines(fields, world)
  return {
    ...fields,
    date: fields.date || textOf(fields.created_time).slice(0, 10),
    reason_id: fixedId(world, `reason ${textOf(fields.reason)}`),
    location_id,
    line_items: lines.map((line) => ({ quantity_adjusted: 0, item_total: 0, location_id, ...line })),
  }
}
