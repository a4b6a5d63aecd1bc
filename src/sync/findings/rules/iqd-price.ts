import { sql } from '../../../../db/index.ts'
import { type Sql, tableRule } from '../table-rule.ts'
import type { JudgedTable } from '../tables.ts'

const prices = ['unit_price', 'cost_price', 'price']

/** The smallest note is 250 dinar: an amount of 12.5 in a dinar column is a dollar price in the wrong place. */
export const iqdPriceBounds = tableRule({
  code: 'iqd_price_bounds',
  severity: 'warning',
  says: 'a dinar price is nothing, or between the bounds of `iqd_price`',
  columns: prices,
  needs: ['currency_code'],
  broken: (column, { iqd_price: { min, max } }) =>
    sql`t.currency_code = 'IQD' and ${column} > 0 and (${column} < ${min} or ${column} > ${max})`,
  expected: ({ iqd_price: { min, max } }) => sql`${`${min} to ${max} IQD`}::text`,
  found: (column) => sql`${column}::text || ' IQD'`,
  message: ({ table }, column) => `${table}.${column} is no plausible dinar price`,
})

/**
 * What one thing costs in dinars and in dollars must be about the rate apart: equal numbers are a dollar price in a
 * dinar list, the rate twice is a price that was converted twice.
 */
export const iqdUsdRatio = tableRule({
  code: 'iqd_usd_ratio',
  severity: 'warning',
  says: 'a dinar price is about `iqd_per_usd.rate` times the dollar price of the same item, at most `factor` times off',
  columns: ['price'],
  needs: ['currency_code'],
  applies: ({ key }) => key.includes('zoho_item_id'),
  joins: (table) => sql`cross join lateral (${dollarPrice(table)}) usd`,
  broken: (column, { iqd_per_usd: { rate, factor } }) => sql`
    t.currency_code = 'IQD' and ${column} > 0 and usd.price > 0
    and (${column} > usd.price * ${rate} * ${factor} or ${column} * ${factor} < usd.price * ${rate})`,
  expected: ({ iqd_per_usd: { rate } }) =>
    sql`'about ' || round(usd.price * ${rate}) || ' IQD (' || trim_scale(usd.price) || ' USD)'`,
  found: (column) => sql`${column}::text || ' IQD'`,
  message: ({ table }) => `${table}.price does not go with what the item costs in dollars`,
})

/** The product's own, or what lies in the middle of its dollar lists. */
const dollarPrice = ({ table }: JudgedTable): Sql => sql`
  select coalesce(
    (select p.unit_price from products p
      where p.zoho_item_id = t.zoho_item_id and p.currency_code = 'USD' and p.unit_price > 0 and p.deleted_at is null),
    (select percentile_disc(0.5) within group (order by u.price) from ${sql.table(table)} u
      where u.zoho_item_id = t.zoho_item_id and u.currency_code = 'USD' and u.price > 0 and u.deleted_at is null)) as price`
