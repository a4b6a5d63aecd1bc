import { sql } from '../../../../db/index.ts'
import { tableRule } from '../table-rule.ts'

/** A number without a currency is no price: whoever reads it has to guess. */
export const priceWithoutCurrency = tableRule({
  code: 'price_without_currency',
  severity: 'error',
  says: 'every price and every total has its currency',
  columns: ['unit_price', 'cost_price', 'price', 'total', 'amount'],
  needs: ['currency_code'],
  broken: (column) => sql`${column} <> 0 and coalesce(btrim(t.currency_code), '') = ''`,
  expected: () => sql`'a currency'`,
  found: (column) => sql`${column}::text || ' of nothing'`,
  message: ({ table }, column) => `${table}.${column} has no currency`,
})
