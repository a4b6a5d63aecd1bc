import { sql } from '../../../db/index.ts'
import type { Check } from '../entity.ts'
import { exactly, moneyCheck, numberIn, organization, precisionOf } from './check-money.ts'
import { isPosted } from './check-posted.ts'

type Sql = ReturnType<typeof sql>

/** Records that settle documents, and the table that says which; it names the document in a column of its id's name. */
interface Settlers {
  readonly table: string
  readonly allocations: string
}

interface SettledTables {
  readonly table: string
  /** Column with the Zoho id. */
  readonly id: string
  /** Column with whose document it is; documents, payments and credits have it alike. */
  readonly party: string
  readonly payments: Settlers
  readonly credits?: Settlers
  /** The document's own figure of what credits settled. */
  readonly creditsApplied: string
  readonly writtenOff?: string
}

/**
 * What is no longer owed was paid, credited or written off. Only where every payment and credit of that party is here
 * with its detail: before that, nobody knows what it settled.
 */
export function balances(document: SettledTables): readonly Check[] {
  const balance = moneyCheck({
    name: 'balance',
    rule: 'total − balance = Σ of the payments that settle it + credits applied + what was written off',
    judged: sql`
      select id, currency, precision, tolerance, total - balance as found, paid + greatest(credited, credits_applied) + written_off as expected
      from (${settled(document)}) d`,
  })
  return document.credits ? [balance, creditsOf(document)] : [balance]
}

/** Zoho also credits from journals and retainers, which are not mirrored: then this is all there is to say. */
const creditsOf = (document: SettledTables): Check =>
  moneyCheck({
    name: 'credits',
    severity: 'warning',
    rule: 'credits_applied = Σ of the credit notes that are applied to it',
    judged: sql`
      select id, currency, precision, tolerance, credits_applied as found, credited as expected
      from (${settled(document)}) d where not detail_due`,
  })

const settled = ({ table, id, party, payments, credits, creditsApplied, writtenOff }: SettledTables): Sql => sql`
  select d.${sql.ref(id)} as id, d.currency_code as currency, p.precision, ${exactly(sql`p.precision`)} as tolerance, d.detail_due,
    d.total, d.balance, paid.sum as paid, ${credits ? sql`credited.sum` : sql`0`} as credited,
    coalesce(d.${sql.ref(creditsApplied)}, 0) as credits_applied,
    ${writtenOff ? sql`coalesce(d.${sql.ref(writtenOff)}, 0)` : sql`0`} as written_off
  from ${sql.table(table)} d ${organization}
  cross join lateral (select ${precisionOf(sql`d.currency_code`, sql`d.price_precision`)} as precision) p
  cross join lateral (
    select coalesce(sum(a.amount_applied + coalesce(a.tax_amount_withheld, 0)
      + coalesce(${numberIn(sql`a.zoho_data`, 'discount_amount')}, 0)), 0) as sum
    from ${sql.table(payments.allocations)} a where a.${sql.ref(id)} = d.${sql.ref(id)} and a.deleted_at is null) paid
  ${
    credits
      ? sql`cross join lateral (
    select coalesce(sum(a.amount_applied), 0) as sum
    from ${sql.table(credits.allocations)} a where a.${sql.ref(id)} = d.${sql.ref(id)} and a.deleted_at is null) credited`
      : sql``
  }
  where d.deleted_at is null and ${isPosted('d')}
    and ${isKnown(payments, party)} and ${credits ? isKnown(credits, party) : sql`not d.detail_due`}`

const isKnown = ({ table }: Settlers, party: string): Sql => sql`
  not exists (select from ${sql.table(table)} s
    where s.${sql.ref(party)} = d.${sql.ref(party)} and s.detail_due and s.deleted_at is null)`

interface CreditTables {
  readonly table: string
  readonly id: string
  /** Its own figures of how it was used up. */
  readonly used: string
  readonly refunded: string
  readonly allocations: string
}

/** What is left of a credit, by its own figures and by what it is applied to. */
export const creditBalances = (credit: CreditTables): readonly Check[] => {
  const { table, id, used, refunded, allocations } = credit
  const judged = (found: Sql, expected: Sql) => sql`
    select d.${sql.ref(id)} as id, d.currency_code as currency, p.precision, ${exactly(sql`p.precision`)} as tolerance,
      ${found} as found, ${expected} as expected
    from ${sql.table(table)} d ${organization}
    cross join lateral (select ${precisionOf(sql`d.currency_code`, sql`d.price_precision`)} as precision) p
    where d.deleted_at is null and not d.detail_due and ${isPosted('d')}`
  const applied = sql`coalesce((
    select sum(a.amount_applied) from ${sql.table(allocations)} a
    where a.${sql.ref(id)} = d.${sql.ref(id)} and a.deleted_at is null), 0)`
  return [
    moneyCheck({
      name: 'balance',
      rule: 'total − balance = credits used + refunded',
      judged: judged(
        sql`d.total - d.balance`,
        sql`coalesce(d.${sql.ref(used)}, 0) + coalesce(d.${sql.ref(refunded)}, 0)`,
      ),
    }),
    moneyCheck({
      name: 'allocation',
      rule: 'credits used = Σ of what is applied to documents',
      judged: judged(sql`coalesce(d.${sql.ref(used)}, 0)`, applied),
    }),
  ]
}
