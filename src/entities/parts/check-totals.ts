import { sql } from '../../../db/index.ts'
import type { Check } from '../entity.ts'
import { moneyCheck, nearest, numberIn, organization, precisionOf, unitOf } from './check-money.ts'

interface DocumentTables {
  readonly table: string
  /** Column with the Zoho id; the lines name their document in a column of the same name. */
  readonly id: string
  readonly lines: string
}

/**
 * How a document adds up from its lines. Amounts of lines are rounded one by one, sums of them once more: each line may
 * therefore be off by one unit of the currency's precision, and a document by as many units as it has lines.
 */
export const totals = (document: DocumentTables): readonly Check[] => [
  subTotal(document),
  total(document),
  tax(document),
]

/**
 * With inclusive tax Zoho has been seen to give lines with and without their tax; a document that adds up in either way
 * adds up.
 */
const subTotal = (document: DocumentTables): Check =>
  moneyCheck({
    name: 'sub_total',
    rule: 'the lines add up to the sub-total: sub_total = Σ item_total (inclusive tax: with the tax in them)',
    judged: sql`
      select id, currency, precision, tolerance, whole as expected,
        case when is_inclusive_tax
          then ${nearest(sql`whole`, sql`nullif(sub_total_inclusive_of_tax, 0)`, sql`sub_total + tax`, sql`sub_total`)}
          else sub_total end as found
      from (${documents(document)}) d`,
  })

/** A discount before and one after tax lead to the same sum here: the tax that Zoho gives knows which it was. */
const total = (document: DocumentTables): Check =>
  moneyCheck({
    name: 'total',
    rule: 'total = sub_total − discount_amount + tax_total + shipping_charge + adjustment; discounts of lines are in the lines already',
    judged: sql`
      select id, currency, precision, tolerance, total as found,
        ${nearest(
          sql`total`,
          sql`sub_total + tax + rest`,
          sql`sub_total + tax + rest + roundoff`,
          sql`case when is_inclusive_tax then nullif(sub_total_inclusive_of_tax, 0) + rest end`,
          sql`case when is_inclusive_tax then nullif(sub_total_inclusive_of_tax, 0) + rest + roundoff end`,
        )} as expected
      from (${documents(document)}) d`,
  })

/**
 * What the rates of the lines make of them: a discount before tax is taken off each line by its share first. Taxes that
 * somebody overrode, that the other side owes, or that fall on the freight are Zoho's business.
 */
const tax = (document: DocumentTables): Check =>
  moneyCheck({
    name: 'tax',
    severity: 'warning',
    rule: 'tax_total = Σ tax_percentage of each line, of the amount after a discount before tax',
    judged: sql`
      select id, currency, precision, tolerance, tax_total as found,
        case when has_tax_inside then tax_inside else tax_on_top end
          * case when is_discount_before_tax and whole <> 0 then 1 - discount / whole else 1 end as expected
      from (
        select d.*, coalesce(is_inclusive_tax, false)
          and abs(whole - sub_total - tax) <= abs(whole - sub_total) as has_tax_inside
        from (${documents(document)}) d) d
      where not is_taxed_otherwise`,
  })

/** Documents whose lines are here, with the figures that all rules need. */
const documents = ({ table, id, lines }: DocumentTables) => sql`
  select d.${sql.ref(id)} as id, d.currency_code as currency, p.precision, ${unitOf(sql`p.precision`)} * greatest(l.n, 1) as tolerance,
    d.total, d.sub_total, d.sub_total_inclusive_of_tax, d.tax_total, d.is_inclusive_tax,
    coalesce(d.tax_total, 0) as tax, coalesce(d.is_discount_before_tax, true) as is_discount_before_tax, off.discount,
    coalesce(d.shipping_charge, 0) + coalesce(d.adjustment, 0) - off.discount as rest,
    coalesce(${numberIn(sql`d.zoho_data`, 'roundoff_value')}, 0) as roundoff,
    l.whole, l.tax_on_top, l.tax_inside, ${isTaxedOtherwise} as is_taxed_otherwise
  from ${sql.table(table)} d ${organization}
  cross join lateral (select ${precisionOf(sql`d.currency_code`, sql`d.price_precision`)} as precision) p
  cross join lateral (
    select case when d.discount_type = 'item_level' then 0 else coalesce(d.discount_amount, 0) end as discount) off
  cross join lateral (
    select count(*) as n, coalesce(sum(l.item_total), 0) as whole,
      coalesce(bool_or(l.item_total is null and l.rate is not null), false) as is_unknown,
      coalesce(sum(l.item_total * coalesce(l.tax_percentage, 0) / 100), 0) as tax_on_top,
      coalesce(sum(l.item_total * coalesce(l.tax_percentage, 0) / (100 + coalesce(l.tax_percentage, 0))), 0) as tax_inside
    from ${sql.table(lines)} l where l.${sql.ref(id)} = d.${sql.ref(id)} and l.deleted_at is null) l
  where d.deleted_at is null and not d.detail_due and not l.is_unknown
    and coalesce(d.zoho_data ->> 'is_opening_balance', '') <> 'true'`

const isTaxedOtherwise = sql`(
  coalesce(d.zoho_data ->> 'tax_override_preference', '') not in ('', 'no_override')
  or coalesce(d.zoho_data ->> 'is_reverse_charge_applied', '') = 'true'
  or coalesce(${numberIn(sql`d.zoho_data`, 'shipping_charge_tax')}, 0) <> 0)`
