import { defineEntity } from './entity.ts'
import { boolean, decimal, type Field, time } from './field.ts'
import { firstSaid } from './parts/first-of.ts'
import { fillLines } from './parts/lines.ts'
import { word } from './parts/word.ts'

/** Inventory's view of the orders in `sales_orders`: how much of each is invoiced, packed and shipped. */
const own = {
  inventory_status: word('status'),
  quantity: decimal('quantity'),
  quantity_invoiced: decimal('quantity_invoiced'),
  quantity_packed: decimal('quantity_packed'),
  quantity_shipped: decimal('quantity_shipped'),
  is_drop_shipment: boolean(firstSaid('is_drop_shipment', 'is_dropshipped')),
  is_backorder: boolean(firstSaid('is_backorder', 'is_backordered')),
  // With it any change of the order asks for its lines again, also one that leaves the sums alone.
  inventory_modified_at: time('last_modified_time'),
} satisfies Record<string, Field>

export default defineEntity({
  name: 'sales_orders_inventory',
  joins: {
    entity: 'sales_orders',
    readAtColumn: 'inventory_read_at',
    documentColumn: 'inventory_data',
    modifiedAtColumn: 'inventory_modified_at',
  },
  order: 81,
  id: { fields: ['salesorder_id'], column: 'zoho_salesorder_id' },
  lane: 'read',
  webhook: { modules: ['sales-orders-inventory', 'sales_orders_inventory'], wrappers: [] },
  list: {
    product: 'inventory',
    view: 'inventory',
    path: '/salesorders',
    keys: ['salesorders'],
    paged: true,
    query: { filter_by: 'Status.All' },
    // Neither is documented here, but clients live on them; the self-test decides.
    modifiedSince: { parameter: 'last_modified_time' },
    fence: 'last_modified_time',
  },
  read: {
    kind: 'single',
    product: 'inventory',
    view: 'inventory_detail',
    path: (id) => `/salesorders/${id}`,
    keys: ['salesorder'],
  },
  views: {
    inventory: { keepsDocument: false, columns: own },
    // What became of the order in Books moves without it, and is for Books to tell.
    inventory_detail: {
      keepsDocument: true,
      columns: own,
      volatile: ['invoices', 'balance', 'invoiced_status', 'paid_status'],
    },
  },
  children: [
    fillLines({
      table: 'sales_order_items',
      owner: { reference: 'zoho_salesorder_id', column: 'sales_order_id' },
      columns: {
        quantity_invoiced: decimal('quantity_invoiced'),
        quantity_packed: decimal('quantity_packed'),
        quantity_shipped: decimal('quantity_shipped'),
      },
    }),
  ],
  details: { when: 'changed', dueColumn: 'inventory_detail_due', age: 'date' },
  timetable: [
    { mode: 'full', cron: '10 3 * * *' },
    { mode: 'incremental', cron: '12-59/15 * * * *' },
  ],
})
