import { completeDocument } from '../documents/complete.ts'
import { dateFilters, mentions, statusFilters } from '../documents/filters.ts'
import { salesOrderKind } from '../documents/kinds.ts'
import { contains, equals, type Filter, modifiedSince, type Resource, type View } from '../resource.ts'
import { seedSalesOrders } from '../seed/orders.ts'
import { booksDetail, booksRow, inventoryDetail, inventoryRow } from './salesorder-views.ts'

const shared = {
  path: '/salesorders',
  listKey: 'salesorders',
  detailKey: 'salesorder',
  paged: true,
  reportName: 'Sales Orders',
  defaultFilter: 'Status.All',
} satisfies Partial<View>

const sorts = [
  ...['customer_name', 'salesorder_number', 'shipment_date', 'last_modified_time', 'reference_number', 'total', 'date'],
  'created_time',
]

const filters: Record<string, Filter> = {
  ...statusFilters(['draft', 'open', 'invoiced', 'partially_invoiced', 'void', 'overdue', 'closed']),
  customer_id: equals('customer_id'),
  search_text: contains('salesorder_number', 'reference_number', 'customer_name'),
}

const amongIds: Filter = (value) => {
  const ids = new Set(value.split(','))
  return ({ id }) => ids.has(id)
}

export const salesorders: Resource = {
  name: 'salesorders',
  idField: 'salesorder_id',
  label: 'Sales Order',
  webhook: { module: 'orders', envelope: 'salesorder', product: 'books' },
  blank: salesOrderKind.blank,
  prepare: (fields, world, given) => completeDocument(salesOrderKind, fields, world, given),
  seed: seedSalesOrders,
  views: {
    books: {
      ...shared,
      sort: { columns: sorts, column: 'created_time', order: 'D' },
      filters: {
        ...filters,
        ...dateFilters(),
        ...dateFilters('shipment_date'),
        item_id: mentions('item_id'),
        salesorder_ids: amongIds,
        last_modified_time: modifiedSince,
      },
      listRow: booksRow,
      detail: booksDetail,
    },
    // No modification filter here; its sort works.
    inventory: {
      ...shared,
      sort: { columns: sorts, column: 'created_time', order: 'D' },
      filters,
      listRow: inventoryRow,
      detail: inventoryDetail,
    },
  },
}
