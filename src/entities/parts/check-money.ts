import { sql } from '../../../db/index.ts'
import type { Check, Contradiction } from '../entity.ts'

type Sql = ReturnType<typeof sql>

export interface MoneyRule extends Pick<Check, 'name' | 'rule' | 'severity'> {
  /**
   * A select of the rows that can be judged: id, currency, precision, what is expected, what is found, and by how much
   * they may differ. A figure that is unknown (null) contradicts nothing.
   */
  readonly judged: Sql
}

/** A rule over amounts: exact decimals, and only what is further apart than the rule allows is a contradiction. */
export function moneyCheck({ judged, ...check }: MoneyRule): Check {
  return {
    ...check,
    async find(db, limit) {
      const { rows } = await sql<Contradiction>`
        select j.id as source_entity_id, ${shown('expected')} as expected, ${shown('found')} as found
        from (${judged}) j
        where abs(j.expected - j.found) > j.tolerance
        order by j.id limit ${limit}`.execute(db)
      return rows
    },
  }
}

/** At least the currency's digits, and more where the amount has them. */
const shown = (amount: 'expected' | 'found'): Sql => {
  const value = sql.ref(`j.${amount}`)
  return sql`round(${value}, greatest(j.precision, scale(trim_scale(${value}))))::text || coalesce(' ' || j.currency, '')`
}

/** Joined to every document: where the precision of currencies is known from. */
export const organization: Sql = sql`left join tds_zoho_organization o on true`

/** Digits after the point: the document's own, else its currency's, else those of the organisation. */
export const precisionOf = (currency: Sql, own: Sql = sql`null::integer`): Sql =>
  sql`coalesce(${own}, (o.currencies -> ${currency} ->> 'precision')::integer, o.price_precision, 2)`

/** The smallest amount of the currency. */
export const unitOf = (precision: Sql): Sql => sql`power(10::numeric, -(${precision}))`

/** Sums of amounts that Zoho has already rounded are exact: only what is below the smallest amount is noise. */
export const exactly = (precision: Sql): Sql => sql`${unitOf(precision)} / 2`

/** A number within a document that has no column; blank and absent are nothing. */
export const numberIn = (document: Sql, key: string): Sql =>
  sql`case when ${document} ->> ${sql.lit(key)} ~ '^-?[0-9]+([.][0-9]+)?$' then (${document} ->> ${sql.lit(key)})::numeric end`

/** Of several figures, the one that is nearest to another. */
export const nearest = (to: Sql, ...figures: readonly Sql[]): Sql =>
  sql`(select f from unnest(array[${sql.join(figures)}]::numeric[]) f where f is not null order by abs(f - ${to}) limit 1)`
