import { defineEntity } from './entity.ts'
import { absent, decimal, id, type JsonObject } from './field.ts'
import { itemDetails } from './item-details.ts'

/**
 * Stock by item and place. It has no endpoint of its own: an item's document carries `locations[]`, or `warehouses[]`
 * where the Locations feature is off, each with its own prefix. A document with neither says nothing about stock.
 */
export default defineEntity({
  name: 'inventory_items',
  order: 40,
  id: { fields: ['item_id'], column: 'zoho_item_id' },
  lane: 'read',
  webhook: {
    modules: ['stock', 'inventory_items', 'inventory-items', 'stockonhand'],
    wrappers: ['item', 'stock', 'inventory_item'],
  },
  read: itemDetails,
  timetable: [{ mode: 'full', cron: '20 2 * * *' }],
  set: {
    ownerColumn: 'zoho_item_id',
    keyColumn: 'zoho_location_id',
    keyField: id(prefixed('id')),
    rows: places,
    guarded: true,
  },
  views: {
    detail: {
      keepsDocument: true,
      columns: {
        stock_on_hand: decimal(prefixed('stock_on_hand')),
        committed_stock: decimal(prefixed('committed_stock')),
        available_for_sale: decimal(prefixed('available_for_sale_stock')),
        available_stock: decimal(prefixed('available_stock')),
        actual_available_stock: decimal(prefixed('actual_available_stock')),
      },
    },
  },
  links: [
    { column: 'product_id', reference: 'zoho_item_id', parent: 'products', parentKey: 'zoho_item_id' },
    { column: 'warehouse_id', reference: 'zoho_location_id', parent: 'warehouses', parentKey: 'zoho_location_id' },
  ],
})

function places(document: JsonObject): readonly JsonObject[] | undefined {
  const found = [document.locations, document.warehouses].find(Array.isArray)
  return found?.filter((place): place is JsonObject => typeof place === 'object' && place !== null)
}

function prefixed(name: string) {
  return (place: JsonObject): unknown => {
    const key = [`location_${name}`, `warehouse_${name}`].find((each) => each in place)
    return key === undefined ? absent : place[key]
  }
}
