import { type Fields, type Json, textOf } from '../json.ts'
import { type PlaceStock, type StoredRecord, type World, without } from '../resource.ts'
import { customFieldsOf } from './custom-fields.ts'

/** Whether stock is kept; only such items have stock fields at all. */
export const isTracked = ({ fields }: StoredRecord): boolean => fields.item_type === 'inventory'

export const onHand = ({ stock = [] }: StoredRecord): number => sum(stock, (place) => place.onHand)

export const inventoryRow = (item: StoredRecord, world: World): Fields => rowWithout(notInRows, item, world)

export const booksRow = (item: StoredRecord, world: World): Fields => rowWithout(notInBooksRows, item, world)

export function inventoryDetail(item: StoredRecord, world: World): Fields {
  const { byName, list, flat } = customFieldsOf(item, world)
  const base = without(whole(item, world), new Set(Object.keys(flat)))
  const detail: Fields = { ...base, custom_fields: list, custom_field_hash: byName, documents: [] }
  if (!isTracked(item)) return detail
  return { ...detail, ...detailStock(item), ...places(item, world) }
}

// The recorded detail of Books has no item_name and no image_document_id, which its list has.
export const booksDetail = (item: StoredRecord, world: World): Fields =>
  without({ ...inventoryDetail(item, world), ...booksExtras(item) }, notInBooksDetail)

const notInRows = new Set(['unit_id', 'vendor_id', 'image_id', 'pricebook_rate', 'sales_rate', 'preferred_vendors'])
const notInBooksRows = new Set([
  ...notInRows,
  ...['group_id', 'group_name', 'brand', 'manufacturer', 'category_id', 'category_name', 'reorder_level', 'upc', 'ean'],
  ...['isbn', 'part_number', 'is_combo_product', 'is_returnable', 'is_storage_location_enabled', 'attribute_name1'],
  ...['length', 'width', 'height', 'weight', 'dimension_unit', 'weight_unit'],
])
const notInBooksDetail = new Set([
  'item_name',
  'image_document_id',
  'image_id',
  'preferred_vendors',
  'item_tax_preferences',
])

function whole(item: StoredRecord, world: World): Fields {
  const { fields } = item
  const stock = isTracked(item) ? totals(item) : {}
  const categoryId = textOf(fields.category_id)
  return {
    item_id: item.id,
    item_name: fields.name ?? '',
    ...constants,
    can_be_sold: fields.item_type !== 'purchases',
    can_be_purchased: fields.item_type !== 'sales',
    track_inventory: isTracked(item),
    category_name: categoryId === '' ? '' : (world.store.get('categories', categoryId)?.fields.name ?? ''),
    pricebook_rate: fields.rate ?? 0,
    sales_rate: fields.rate ?? 0,
    ...stock,
    ...(fields.is_combo_product === true ? without(fields, compositeOnly) : fields),
  }
}

const compositeOnly = new Set(['combo_type', 'mapped_items'])

const constants: Fields = {
  group_id: '',
  group_name: '',
  source: 'user',
  is_linked_with_zohocrm: false,
  zcrm_product_id: '',
  unit_id: '',
  tax_id: '',
  tax_name: '',
  tax_percentage: 0,
  account_id: '',
  account_name: 'Sales',
  purchase_account_id: '',
  purchase_account_name: 'Cost of Goods Sold',
  purchase_description: '',
  vendor_id: '',
  vendor_name: '',
  preferred_vendors: [],
  has_attachment: false,
  is_combo_product: false,
  is_returnable: true,
  is_storage_location_enabled: false,
  upc: '',
  ean: '',
  isbn: '',
  part_number: '',
  attribute_name1: '',
  length: '',
  width: '',
  height: '',
  weight: '',
  dimension_unit: 'cm',
  weight_unit: 'kg',
  image_id: '',
  tags: [],
}

function booksExtras({ fields }: StoredRecord): Fields {
  return {
    item_code: {},
    pricing_scheme: 'unit',
    price_brackets: [],
    default_price_brackets: [{ start_quantity: 1, end_quantity: 1, pricebook_rate: fields.rate ?? 0 }],
    minimum_order_quantity: '',
    maximum_order_quantity: '',
    lock_details: { can_lock: false },
    sales_channels: [],
    has_variant: false,
  }
}

function totals(item: StoredRecord): Fields {
  const available = onHand(item) - committed(item)
  return { stock_on_hand: onHand(item), available_stock: available, actual_available_stock: available }
}

function detailStock(item: StoredRecord): Fields {
  const available = onHand(item) - committed(item)
  return {
    committed_stock: committed(item),
    actual_committed_stock: committed(item),
    available_for_sale_stock: available,
    actual_available_for_sale_stock: available,
    initial_stock: '',
    initial_stock_rate: '',
  }
}

// Every place is listed; where an item never was, its stock reads "". Zoho writes these as text for some items and
// as numbers for others, so does this.
function places(item: StoredRecord, world: World): Fields {
  const prefix = world.settings.places === 'locations' ? 'location' : 'warehouse'
  const asText = Number(item.id.slice(-4)) % 3 === 0
  const rows = world.store.all('locations').map((location): Json => {
    const stock = item.stock?.find(({ locationId }) => locationId === location.id)
    return {
      [`${prefix}_id`]: location.id,
      [`${prefix}_name`]: location.fields.location_name ?? '',
      status: location.fields.status ?? '',
      is_primary: location.fields.is_primary ?? false,
      ...placeStock(prefix, stock, asText),
    }
  })
  return { [`${prefix}s`]: rows }
}

function placeStock(prefix: string, stock: PlaceStock | undefined, asText: boolean): Fields {
  const show = (value: number): Json => (stock === undefined ? '' : asText ? value.toFixed(2) : value)
  const held = stock?.onHand ?? 0
  const reserved = stock?.committed ?? 0
  return {
    [`${prefix}_stock_on_hand`]: show(held),
    [`${prefix}_available_stock`]: show(held - reserved),
    [`${prefix}_actual_available_stock`]: show(held - reserved),
    [`${prefix}_committed_stock`]: show(reserved),
    [`${prefix}_actual_committed_stock`]: show(reserved),
    [`${prefix}_available_for_sale_stock`]: show(held - reserved),
    [`${prefix}_actual_available_for_sale_stock`]: show(held - reserved),
  }
}

function rowWithout(keys: ReadonlySet<string>, item: StoredRecord, world: World): Fields {
  return { ...without(whole(item, world), keys), ...customFieldsOf(item, world).flat }
}

const committed = ({ stock = [] }: StoredRecord): number => sum(stock, (place) => place.committed)

function sum(stock: readonly PlaceStock[], of: (place: PlaceStock) => number): number {
  return stock.reduce((total, place) => total + of(place), 0)
}
