import { sql } from '../../../../db/index.ts'
import { tableRule } from '../table-rule.ts'

/** Lines of documents may be negative (a discount is one); what something costs may not. A computed price follows its product. */
export const negativePrice = tableRule({
  code: 'negative_price',
  severity: 'error',
  says: 'no price is below zero',
  columns: ['unit_price', 'cost_price', 'price'],
  broken: (column, _settings, table) =>
    table.columns.has('computed') ? sql`${column} < 0 and not t.computed` : sql`${column} < 0`,
  expected: () => sql`'0 or more'`,
  message: ({ table }, column) => `${table}.${column} is below zero`,
})

/** Zoho sells what it does not have where the organisation lets it: somebody forgot to book a purchase. */
export const negativeStock = tableRule({
  code: 'negative_stock',
  severity: 'warning',
  says: 'no stock on hand is below zero',
  columns: ['stock_on_hand'],
  broken: (column) => sql`${column} < 0`,
  expected: () => sql`'0 or more'`,
  message: ({ table }) => `${table}.stock_on_hand is below zero: more was shipped than was booked in`,
})
