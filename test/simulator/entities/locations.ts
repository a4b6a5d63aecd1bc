import type { Fields } from '../json.ts'
import { type Resource, type StoredRecord, type View, without } from '../resource.ts'

const detailOnly = new Set(['fax', 'website', 'is_primary_location', 'is_location_active', 'tax_reg_no'])

const view: View = {
  path: '/locations',
  listKey: 'locations',
  detailKey: 'location',
  paged: false,
  enabled: ({ places }) => places === 'locations',
  listRow: (record) => without(record.fields, detailOnly),
  detail: (record) => without(record.fields, new Set(['status', 'is_primary'])),
}

export const locations: Resource = {
  name: 'locations',
  idField: 'location_id',
  label: 'Location',
  views: { books: view, inventory: view },
  seed: (world) => {
    const ids = places.map(() => world.nextId())
    return places.map((place, index): StoredRecord => {
      const id = ids[index] ?? ''
      const at = world.settings.anchorMs
      const fields = { location_id: id, ...fieldsOf(place), parent_location_id: index === 0 ? '' : (ids[0] ?? '') }
      return { id, fields, createdMs: at, modifiedMs: at }
    })
  },
}

interface Place {
  name: string
  city: string
  status: string
  phone: string
}

const places: [Place, ...Place[]] = [
  { name: 'Main Warehouse', city: 'Baghdad', status: 'active', phone: '+964 700 000 0001' },
  { name: 'Showroom Karrada', city: 'Baghdad', status: 'active', phone: '' },
  { name: 'مخزن البصرة', city: 'البصرة', status: 'active', phone: '+964 700 000 0003' },
  { name: 'Erbil Branch', city: 'Erbil', status: 'active', phone: '' },
  { name: 'Old Store', city: '', status: 'inactive', phone: '' },
]

function fieldsOf(place: Place): Fields {
  const primary = place === places[0]
  return {
    location_name: place.name,
    type: 'general',
    status: place.status,
    is_primary: primary,
    is_primary_location: primary,
    is_location_active: place.status === 'active',
    address: {
      city: place.city,
      state: '',
      country: place.city === '' ? '' : 'Iraq',
      state_code: '',
      street_address1: '',
      street_address2: '',
    },
    phone: place.phone,
    fax: '',
    email: primary ? 'stock@simulated.example' : '',
    website: '',
    tax_settings_id: '',
    tax_reg_no: '',
    is_all_users_selected: true,
    associated_users: [],
    associated_series_ids: [],
    auto_number_generation_id: '',
  }
}
