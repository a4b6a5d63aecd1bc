import { defineEntity } from './entity.ts'
import { date, decimal, type Field, id, text } from './field.ts'
import { constant } from './parts/constant.ts'
import { lineColumns, linesOf } from './parts/lines.ts'
import { placeId, placeLink } from './parts/place.ts'
import { stockOfLines } from './parts/stock-of-lines.ts'
import { times } from './parts/times.ts'
import { word } from './parts/word.ts'

/** Corrections of stock. They have no number of their own, only a reference somebody may have given. */
const header = {
  date: date('date'),
  reference_number: text('reference_number'),
  reason: text('reason'),
  zoho_reason_id: id('reason_id'),
  description: text('description'),
  adjustment_type: word('adjustment_type'),
  status: word('status'),
  quantity_adjusted: decimal('quantity_adjusted'),
  value_adjusted: decimal('value_adjusted'),
  total: decimal('total'),
  zoho_location_id: placeId(),
  is_active: constant(true),
  ...times,
} satisfies Record<string, Field>

const items = {
  table: 'stock_adjustment_items',
  owner: { reference: 'zoho_inventory_adjustment_id', column: 'stock_adjustment_id' },
  columns: {
    ...lineColumns,
    quantity: decimal('quantity_adjusted'),
    value_adjusted: decimal('value_adjusted'),
    item_total: decimal('item_total'),
    account: text('adjustment_account_name'),
    zoho_account_id: id('adjustment_account_id'),
  },
}

export default defineEntity({
  name: 'stock_adjustments',
  order: 120,
  id: { fields: ['inventory_adjustment_id'], column: 'zoho_inventory_adjustment_id' },
  lane: 'read',
  webhook: {
    modules: [
      ...[
        'adjustments',
        'adjustment',
        'stock_adjustments',
        'stock_adjustment',
        'stock-adjustments',
        'stock-adjustment',
      ],
      ...['inventoryadjustments', 'inventoryadjustment', 'inventory_adjustments', 'inventory_adjustment'],
    ],
    wrappers: ['inventory_adjustment', 'inventoryadjustment', 'adjustment'],
    rule: { product: 'inventory', entity: 'inventory_adjustment', label: 'Inventory Adjustments' },
  },
  // It takes pages and nothing else.
  list: { product: 'inventory', path: '/inventoryadjustments', keys: ['inventory_adjustments'], paged: true },
  read: {
    kind: 'single',
    product: 'inventory',
    path: (id) => `/inventoryadjustments/${id}`,
    keys: ['inventory_adjustment'],
  },
  views: {
    list: { keepsDocument: false, columns: header },
    detail: { keepsDocument: true, columns: header },
  },
  links: [placeLink()],
  children: [linesOf(items)],
  details: { when: 'changed', age: 'date' },
  timetable: [
    { mode: 'full', cron: '12 4 * * *' },
    { mode: 'incremental', cron: '44 * * * *' },
  ],
  after: stockOfLines(items),
})
