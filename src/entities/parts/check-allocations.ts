import { sql } from '../../../db/index.ts'
import type { Check } from '../entity.ts'
import { exactly, moneyCheck, numberIn, organization, precisionOf } from './check-money.ts'
import { isPosted } from './check-posted.ts'

interface PaymentTables {
  readonly table: string
  /** Column with the Zoho id; the allocations name their payment in a column of the same name. */
  readonly id: string
  readonly allocations: string
  /** Key of the list of refunds in the payment's document. */
  readonly refunds: string
}

/**
 * Where the money of a payment went. Tax that the other side withheld and discounts for paying early settle documents
 * without being paid, and bank charges are taken off what arrives: none of them is part of the amount.
 */
export const allocations = ({ table, id, allocations: applied, refunds }: PaymentTables): readonly Check[] => [
  moneyCheck({
    name: 'allocation',
    rule: 'amount = Σ amount_applied + unused_amount + what was refunded',
    judged: sql`
      select d.${sql.ref(id)} as id, d.currency_code as currency, p.precision, ${exactly(sql`p.precision`)} as tolerance,
        d.amount as found, coalesce(d.unused_amount, 0) + a.applied + r.refunded as expected
      from ${sql.table(table)} d ${organization}
      cross join lateral (select ${precisionOf(sql`d.currency_code`)} as precision) p
      cross join lateral (
        select coalesce(sum(a.amount_applied), 0) as applied from ${sql.table(applied)} a
        where a.${sql.ref(id)} = d.${sql.ref(id)} and a.deleted_at is null) a
      cross join lateral (
        select coalesce(sum(coalesce(${numberIn(sql`e`, 'amount_fcy')}, ${numberIn(sql`e`, 'amount')})), 0) as refunded
        from jsonb_array_elements(case when jsonb_typeof(d.zoho_data -> ${sql.lit(refunds)}) = 'array'
          then d.zoho_data -> ${sql.lit(refunds)} else '[]' end) e) r
      where d.deleted_at is null and not d.detail_due and ${isPosted('d')}`,
  }),
]
