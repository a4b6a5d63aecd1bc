import type { Fields } from '../json.ts'
import { isFields } from '../json.ts'
import type { Resource, StoredRecord } from '../resource.ts'

/** The same places before an organisation switches Locations on: Inventory only, undocumented. */
export const warehouses: Resource = {
  name: 'warehouses',
  idField: 'warehouse_id',
  label: 'Warehouse',
  views: {
    inventory: {
      path: '/settings/warehouses',
      listKey: 'warehouses',
      paged: false,
      enabled: ({ places }) => places === 'warehouses',
      listRow: (record) => record.fields,
    },
  },
  seed: (world) =>
    world.store.all('locations').map((location): StoredRecord => ({ ...location, fields: fieldsOf(location) })),
}

function fieldsOf({ id, fields }: StoredRecord): Fields {
  const address = isFields(fields.address) ? fields.address : {}
  return {
    warehouse_id: id,
    warehouse_name: fields.location_name ?? '',
    status: fields.status ?? '',
    is_primary: fields.is_primary ?? false,
    address: '',
    address1: '',
    address2: '',
    city: address.city ?? '',
    state: '',
    country: address.country ?? '',
    zip: '',
    phone: fields.phone ?? '',
    email: fields.email ?? '',
    attention: '',
    is_fba_warehouse: false,
  }
}
