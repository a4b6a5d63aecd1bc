import { defineEntity } from './entity.ts'
import { boolean, date, decimal, type Field, text } from './field.ts'
import { constant } from './parts/constant.ts'
import { firstSaid } from './parts/first-of.ts'
import { lineColumns, linesOf } from './parts/lines.ts'
import { placeId, placeLink } from './parts/place.ts'
import { stockOfLines } from './parts/stock-of-lines.ts'
import { times } from './parts/times.ts'
import { word } from './parts/word.ts'

/** Stock on its way from one place to another. */
const header = {
  number: text('transfer_order_number'),
  date: date('date'),
  description: text('description'),
  status: word('status'),
  is_in_transit: boolean(firstSaid('is_intransit_order')),
  quantity: decimal('quantity_transfer'),
  zoho_from_location_id: placeId('from_'),
  zoho_to_location_id: placeId('to_'),
  is_active: constant(true),
  ...times,
} satisfies Record<string, Field>

const items = {
  table: 'stock_transfer_items',
  owner: { reference: 'zoho_transfer_order_id', column: 'stock_transfer_id' },
  columns: { ...lineColumns, quantity: decimal('quantity_transfer') },
}

export default defineEntity({
  name: 'stock_transfers',
  order: 125,
  id: { fields: ['transfer_order_id'], column: 'zoho_transfer_order_id' },
  lane: 'read',
  webhook: {
    modules: [
      ...['transfers', 'transfer', 'stock_transfers', 'stock_transfer', 'stock-transfers', 'stock-transfer'],
      ...['transferorders', 'transferorder', 'transfer_orders', 'transfer_order'],
    ],
    wrappers: ['transfer_order', 'transferorder', 'transfer'],
  },
  list: {
    product: 'inventory',
    path: '/transferorders',
    keys: ['transfer_orders'],
    paged: true,
    stableSort: 'created_time',
    // No filter by modification, but a documented order by it.
    fence: 'last_modified_time',
  },
  read: { kind: 'single', product: 'inventory', path: (id) => `/transferorders/${id}`, keys: ['transfer_order'] },
  views: {
    list: { keepsDocument: false, columns: header },
    detail: { keepsDocument: true, columns: header },
  },
  links: [placeLink('from_'), placeLink('to_')],
  children: [linesOf(items)],
  details: { when: 'changed', age: 'date' },
  timetable: [
    { mode: 'full', cron: '18 4 * * *' },
    { mode: 'incremental', cron: '11-59/15 * * * *' },
  ],
  after: stockOfLines(items),
})
