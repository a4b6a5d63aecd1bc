import { type Fields, textOf } from '../json.ts'
import { contains, equals, named, type Resource, type StoredRecord, type World, without } from '../resource.ts'
import { seedTransfers } from '../seed/stock-documents.ts'
import { placeKeys } from './place-keys.ts'
import { authorship, completeLines, itemOf, linesOf, locationAt, quantitySum } from './stock-lines.ts'

/** Stock on its way from one place to another. */
export const transferorders: Resource = {
  name: 'transferorders',
  idField: 'transfer_order_id',
  label: 'Transfer Order',
  webhook: { module: 'transfers', envelope: 'transfer_order' },
  blank: { description: '', status: 'transferred', is_intransit_order: false, line_items: [] },
  prepare: complete,
  seed: seedTransfers,
  views: {
    inventory: {
      path: '/transferorders',
      listKey: 'transfer_orders',
      detailKey: 'transfer_order',
      paged: true,
      reportName: 'zb.transfer.order.title',
      defaultFilter: 'TransferDate.All',
      sort: { columns: ['date', 'created_time', 'last_modified_time'], column: 'created_time', order: 'D' },
      // No modification filter: `last_modified_time` is ignored in silence.
      filters: {
        filter_by: named({ 'TransferDate.All': () => true }),
        status: equals('status'),
        date: equals('date'),
        search_text: contains('transfer_order_number', 'description'),
      },
      listRow: whole,
      detail: (record, world) => ({
        ...whole(record, world),
        line_items: linesOf(record.fields).map((line) => shownLine(line, world)),
      }),
    },
  },
}

function whole({ id, fields }: StoredRecord, world: World): Fields {
  return {
    transfer_order_id: id,
    quantity_transfer: quantitySum(linesOf(fields), 'quantity_transfer'),
    ...authorship,
    custom_fields: [],
    ...placeKeys(world, textOf(fields.from_location_id), 'from_'),
    ...placeKeys(world, textOf(fields.to_location_id), 'to_'),
    ...without(fields, stored),
  }
}

// Kept once, shown elsewhere or under another name.
const stored = new Set(['line_items', 'from_location_id', 'to_location_id'])

const shownLine = (line: Fields, world: World): Fields => ({
  description: '',
  unit: itemOf(line, world)?.unit ?? '',
  ...line,
})

function complete(fields: Fields, world: World): Fields {
  const number = String(world.store.all('transferorders').length + 1).padStart(5, '0')
  return {
    ...fields,
    transfer_order_number: fields.transfer_order_number || `TO-${number}`,
    date: fields.date || textOf(fields.created_time).slice(0, 10),
    from_location_id: fields.from_location_id || locationAt(world, 0),
    to_location_id: fields.to_location_id || locationAt(world, 1),
    line_items: completeLines(fields, world),
  }
}
