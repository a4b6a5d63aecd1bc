import { withIds } from '../ids.ts'
import { type Fields, isFields, type Json, textOf } from '../json.ts'
import {
  contains,
  equals,
  modifiedSince,
  named,
  type Resource,
  type StoredRecord,
  type World,
  without,
} from '../resource.ts'
import { seedComposites } from '../seed/composites.ts'
import { inventoryDetail, inventoryRow } from './item-views.ts'
import { blankItem } from './items.ts'

/** Items that are put together from others: the same records and ids, shown once more. */
export const compositeitems: Resource = {
  name: 'compositeitems',
  idField: 'composite_item_id',
  label: 'Composite item',
  among: { resource: 'items', includes: ({ fields }) => fields.is_combo_product === true },
  webhook: { module: 'composite-items', envelope: 'composite_item' },
  blank: {
    ...blankItem,
    name: 'New composite item',
    is_combo_product: true,
    combo_type: 'assembly',
    mapped_items: [],
  },
  prepare: (fields, world) => ({ ...fields, mapped_items: withIds(fields.mapped_items, 'line_item_id', world) }),
  seed: seedComposites,
  views: {
    inventory: {
      path: '/compositeitems',
      listKey: 'composite_items',
      detailKey: 'composite_item',
      paged: true,
      reportName: 'Composite Items',
      defaultFilter: 'Status.All',
      sort: {
        columns: ['name', 'sku', 'rate', 'purchase_rate', 'created_time', 'last_modified_time'],
        column: 'name',
        order: 'A',
      },
      filters: {
        filter_by: named({
          'Status.All': () => true,
          'Status.Active': ({ fields }) => fields.status === 'active',
          'Status.Inactive': ({ fields }) => fields.status === 'inactive',
        }),
        last_modified_time: modifiedSince,
        name: equals('name'),
        sku: equals('sku'),
        search_text: contains('name', 'sku', 'description'),
      },
      listRow: (item, world) => ({ ...identity(item), ...without(inventoryRow(item, world), notInRows) }),
      detail: (item, world) => ({
        ...identity(item),
        ...without(inventoryDetail(item, world), notInDetails),
        mapped_items: partsOf(item, world),
      }),
    },
  },
}

const identity = ({ id, fields }: StoredRecord): Fields => ({
  composite_item_id: id,
  combo_type: fields.combo_type ?? 'assembly',
})

const notInRows = new Set(['item_id', 'item_name', 'group_id', 'group_name', 'attribute_name1'])
const notInDetails = new Set([...notInRows, 'locations', 'warehouses'])

// A part shows name, price and stock of the item it is, as they are now.
function partsOf({ fields }: StoredRecord, world: World): Json[] {
  const lines = Array.isArray(fields.mapped_items) ? fields.mapped_items.filter(isFields) : []
  return lines.map((line, index): Fields => {
    const item = world.store.get('items', textOf(line.item_id))
    const shown = item ? inventoryRow(item, world) : {}
    const known = shownOfParts.map((key) => [key, shown[key] ?? ''] as const)
    return { item_order: index + 1, ...Object.fromEntries(known), ...line }
  })
}

const shownOfParts = [
  ...['name', 'rate', 'purchase_rate', 'sku', 'unit', 'description', 'purchase_description', 'is_combo_product'],
  ...['image_name', 'image_type', 'stock_on_hand', 'available_stock', 'actual_available_stock'],
]
