import type { ReadPlan } from './entity.ts'

/**
 * `GET /itemdetails?item_ids=` is the only bulk detail call Zoho has: 100 whole items a call, with the stock of every
 * location in them, so one read serves products and inventory_items alike. What it leaves out is asked for alone.
 */
export const itemDetails: ReadPlan = {
  kind: 'bulk',
  product: 'inventory',
  path: '/itemdetails',
  parameter: 'item_ids',
  keys: ['items'],
  size: 100,
  single: { path: (id) => `/items/${id}`, keys: ['item'] },
  feeds: ['products', 'inventory_items'],
}
