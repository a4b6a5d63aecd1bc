import { defineEntity } from './entity.ts'
import { boolean, decimal, type Field, time } from './field.ts'
import { firstSaid } from './parts/first-of.ts'
import { fillLines } from './parts/lines.ts'
import { word } from './parts/word.ts'

/** Inventory's view of the orders in `purchase_orders`: what of them was received. */
const own = {
  inventory_status: word('status'),
  is_drop_shipment: boolean(firstSaid('is_drop_shipment', 'is_dropshipped')),
  is_backorder: boolean(firstSaid('is_backorder', 'is_backordered')),
  // With it any change of the order asks for its lines again, also one that leaves the rest alone.
  inventory_modified_at: time('last_modified_time'),
} satisfies Record<string, Field>

export default defineEntity({
  name: 'purchase_orders_inventory',
  joins: {
    entity: 'purchase_orders',
    readAtColumn: 'inventory_read_at',
    documentColumn: 'inventory_data',
    modifiedAtColumn: 'inventory_modified_at',
  },
  order: 86,
  id: { fields: ['purchaseorder_id'], column: 'zoho_purchaseorder_id' },
  lane: 'read',
  webhook: { modules: ['purchase-orders-inventory', 'purchase_orders_inventory'], wrappers: [] },
  list: {
    product: 'inventory',
    view: 'inventory',
    path: '/purchaseorders',
    keys: ['purchaseorders'],
    paged: true,
    query: { filter_by: 'Status.All' },
    // Not documented here; the self-test decides.
    modifiedSince: { parameter: 'last_modified_time' },
  },
  read: {
    kind: 'single',
    product: 'inventory',
    view: 'inventory_detail',
    path: (id) => `/purchaseorders/${id}`,
    keys: ['purchaseorder', 'purchase_order'],
  },
  views: {
    inventory: { keepsDocument: false, columns: own },
    inventory_detail: { keepsDocument: true, columns: own, volatile: ['bills', 'billed_status'] },
  },
  children: [
    fillLines({
      table: 'purchase_order_items',
      owner: { reference: 'zoho_purchaseorder_id', column: 'purchase_order_id' },
      columns: { quantity_received: decimal('quantity_received') },
    }),
  ],
  details: { when: 'changed', dueColumn: 'inventory_detail_due', age: 'date' },
  timetable: [
    { mode: 'full', cron: '22 3 * * *' },
    { mode: 'incremental', cron: '2-59/15 * * * *' },
  ],
})
