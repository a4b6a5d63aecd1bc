import { completeDocument } from '../documents/complete.ts'
import { mentions, onDate, statusFilters } from '../documents/filters.ts'
import { purchaseOrderKind } from '../documents/kinds.ts'
import { contains, equals, type Filter, modifiedSince, type Resource, type View } from '../resource.ts'
import { seedPurchaseOrders } from '../seed/orders.ts'
import { booksDetail, booksRow, inventoryDetail, inventoryRow } from './purchaseorder-views.ts'

const shared = {
  path: '/purchaseorders',
  listKey: 'purchaseorders',
  detailKey: 'purchaseorder',
  paged: true,
  reportName: 'Purchase Orders',
  defaultFilter: 'Status.All',
  // Asked for A, Zoho answered D, and said so.
  sort: {
    columns: ['vendor_name', 'purchaseorder_number', 'date', 'delivery_date', 'total', 'created_time'],
    column: 'created_time',
    order: 'D',
    orderFixed: true,
  },
} satisfies Partial<View>

const filters: Record<string, Filter> = {
  ...statusFilters(['draft', 'open', 'billed', 'partially_billed', 'cancelled', 'closed']),
  vendor_id: equals('vendor_id'),
  search_text: contains('purchaseorder_number', 'reference_number', 'vendor_name'),
}

export const purchaseorders: Resource = {
  name: 'purchaseorders',
  idField: 'purchaseorder_id',
  label: 'Purchase Order',
  webhook: { module: 'purchase-orders', envelope: 'purchaseorder', product: 'books' },
  blank: purchaseOrderKind.blank,
  prepare: (fields, world, given) => completeDocument(purchaseOrderKind, fields, world, given),
  seed: seedPurchaseOrders,
  views: {
    books: {
      ...shared,
      filters: { ...filters, date: onDate(), item_id: mentions('item_id'), last_modified_time: modifiedSince },
      listRow: booksRow,
      detail: booksDetail,
    },
    inventory: { ...shared, filters, listRow: inventoryRow, detail: inventoryDetail },
  },
}
