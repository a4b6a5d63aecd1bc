import { billKind } from '../documents/kinds.ts'
import type { StoredRecord, World } from '../resource.ts'
import { seedOwed } from './owed.ts'

/** Bills, some of them from purchase orders. */
export const seedBills = (world: World): StoredRecord[] =>
  seedOwed(world, {
    kind: billKind,
    count: 220,
    drafts: 8,
    voids: 6,
    orders: 'purchaseorders',
    taken: 'quantity_billed',
    ofOrder: ({ id, fields }) => ({ purchaseorder_id: id, reference_number: fields.purchaseorder_number ?? '' }),
    ofLine: (line, { id }) => ({
      purchaseorder_id: id,
      purchaseorder_item_id: line.line_item_id ?? '',
      quantity_received: line.quantity_received ?? 0,
    }),
  })
