import { defineEntity } from './entity.ts'
import { absent, boolean, id, type JsonObject, json, text } from './field.ts'

/**
 * Places where stock lies: Inventory `/locations`, or `/settings/warehouses` where the Locations feature is off. Both
 * shapes are read by the same fields; the list is small and not paged, and one record is not worth a call of its own.
 */
export default defineEntity({
  name: 'warehouses',
  order: 10,
  id: { fields: ['location_id', 'warehouse_id'], column: 'zoho_location_id' },
  lane: 'read',
  webhook: { modules: ['warehouses', 'warehouse', 'locations', 'location'], wrappers: ['location', 'warehouse'] },
  list: {
    product: 'inventory',
    path: '/locations',
    fallbackPath: '/settings/warehouses',
    keys: ['locations', 'warehouses'],
    paged: false,
  },
  read: { kind: 'list' },
  timetable: [{ mode: 'full', cron: '0 2 * * *' }],
  views: {
    list: {
      keepsDocument: true,
      columns: {
        name: text(either('location_name', 'warehouse_name')),
        code: text(either('location_identification_number', 'warehouse_code')),
        type: text('type'),
        zoho_parent_location_id: id('parent_location_id'),
        address: json(address),
        phone: text('phone'),
        email: text('email'),
        is_primary: boolean(either('is_primary', 'is_primary_location')),
        is_active: boolean(isActive),
      },
      volatile: ['associated_users'],
    },
  },
})

function either(...keys: string[]) {
  return (row: JsonObject): unknown => {
    const key = keys.find((each) => each in row)
    return key === undefined ? absent : row[key]
  }
}

/** Lists say `status`, the detail of a location says `is_location_active`. */
function isActive(row: JsonObject): unknown {
  if (typeof row.status === 'string' && row.status !== '') return row.status === 'active'
  return typeof row.is_location_active === 'boolean' ? row.is_location_active : absent
}

/** Warehouses carry the parts of their address side by side, locations carry an object. */
function address(row: JsonObject): unknown {
  if ('address' in row && typeof row.address === 'object') return row.address
  const parts = ['attention', 'address', 'address1', 'address2', 'city', 'state', 'country', 'zip'].filter(
    (key) => key in row,
  )
  return parts.length === 0 ? absent : Object.fromEntries(parts.map((key) => [key, row[key]]))
}
