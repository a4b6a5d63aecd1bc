import { type Fields, numberOf } from '../json.ts'
import {
  contains,
  equals,
  type Filter,
  modifiedSince,
  named,
  type Resource,
  type Test,
  type View,
} from '../resource.ts'
import { seedItems } from '../seed/items.ts'
import { booksDetail, booksRow, inventoryDetail, inventoryRow, isTracked, onHand } from './item-views.ts'

const status =
  (wanted: string): Test =>
  ({ fields }) =>
    fields.status === wanted
const itemType =
  (wanted: string): Test =>
  ({ fields }) =>
    fields.item_type === wanted

const statuses: Record<string, Test> = {
  'Status.All': () => true,
  'Status.Active': status('active'),
  'Status.Inactive': status('inactive'),
}
const inventoryStatuses: Record<string, Test> = {
  ...statuses,
  'Status.Lowstock': (item) => isTracked(item) && onHand(item) < numberOf(item.fields.reorder_level),
  'ItemType.Inventory': itemType('inventory'),
  'ItemType.Sales': itemType('sales'),
  'ItemType.Purchases': itemType('purchases'),
  'ItemType.SalesAndPurchases': itemType('sales_and_purchases'),
}
const sameRate: Filter = (value) => {
  const wanted = Number(value)
  return Number.isNaN(wanted) ? undefined : ({ fields }) => numberOf(fields.rate) === wanted
}

/** An item that a test creates, before its own fields are laid over. */
export const blankItem: Fields = {
  name: 'New item',
  sku: '',
  status: 'active',
  unit: 'pcs',
  description: '',
  rate: 0,
  purchase_rate: 0,
  item_type: 'inventory',
  product_type: 'goods',
  brand: '',
  manufacturer: '',
  category_id: '',
  reorder_level: '',
  image_name: '',
  image_type: '',
  image_document_id: '',
}

const shared = {
  path: '/items',
  listKey: 'items',
  detailKey: 'item',
  paged: true,
  reportName: 'Items',
  defaultFilter: 'Status.All',
  image: true,
} satisfies Partial<View>

export const items: Resource = {
  name: 'items',
  idField: 'item_id',
  label: 'Item',
  webhook: { module: 'products', envelope: 'item' },
  blank: blankItem,
  seed: seedItems,
  views: {
    // Books offers neither a modification filter nor that sort: both are ignored in silence.
    books: {
      ...shared,
      sort: { columns: ['name', 'rate', 'tax_name'], column: 'name', order: 'A' },
      filters: {
        filter_by: named(statuses),
        name: equals('name'),
        rate: sameRate,
        tax_id: equals('tax_id'),
        search_text: contains('name', 'description'),
      },
      bulk: { path: '/itemdetails', parameter: 'item_ids', most: 100, paged: true },
      listRow: booksRow,
      detail: booksDetail,
    },
    inventory: {
      ...shared,
      sort: {
        columns: [
          'name',
          'sku',
          'rate',
          'purchase_rate',
          'created_time',
          'last_modified_time',
          'reorder_level',
          'stock_on_hand',
        ],
        column: 'name',
        order: 'A',
      },
      filters: {
        filter_by: named(inventoryStatuses),
        last_modified_time: modifiedSince,
        status: equals('status'),
        name: equals('name'),
        sku: equals('sku'),
        sku_contains: contains('sku'),
        rate: sameRate,
        category_id: equals('category_id'),
        vendor_id: equals('vendor_id'),
        group_id: equals('group_id'),
        search_text: contains('name', 'sku', 'description'),
      },
      bulk: { path: '/itemdetails', parameter: 'item_ids', most: 100, paged: false },
      listRow: inventoryRow,
      detail: inventoryDetail,
    },
  },
}
