import { sql, type Tx } from '../../../db/index.ts'

/** Whose prices may have moved: those of lists, or those of items. */
export type PriceScope = { readonly lists: readonly string[] } | { readonly items: readonly string[] }

type Sql = ReturnType<typeof sql>

/**
 * Makes the prices of percentage lists what the products say now. Only rows that differ are touched. A list applies to
 * living, active products that have a rate in its own currency; prices that nothing stands behind any more are removed.
 */
export async function recomputePrices(tx: Tx, scope: PriceScope): Promise<void> {
  await takeTurns(tx, scope)
  await sql`
    with wanted as materialized (${wanted(scope)}), removed as (
      delete from product_prices t
      where ${inScope('t', scope)} and (t.computed or t.zoho_pricebook_id in (${percentageLists}))
        and not exists (
          select from wanted w
          where w.zoho_pricebook_id = t.zoho_pricebook_id and w.zoho_item_id = t.zoho_item_id and t.start_quantity = 1)
    )
    insert into product_prices as t (
      zoho_pricebook_id, pricing_list_id, zoho_item_id, product_id, start_quantity, price, currency_code,
      pricing_scheme, product_name, computed)
    select
      zoho_pricebook_id, pricing_list_id, zoho_item_id, product_id, 1, price, currency_code, 'unit', product_name, true
    from wanted
    order by zoho_pricebook_id, zoho_item_id
    on conflict (zoho_pricebook_id, zoho_item_id, start_quantity) do update set
      pricing_list_id = excluded.pricing_list_id, product_id = excluded.product_id, price = excluded.price,
      currency_code = excluded.currency_code, pricing_scheme = excluded.pricing_scheme,
      product_name = excluded.product_name, computed = true, end_quantity = null, discount_percentage = null,
      zoho_pricebook_item_id = null, zoho_data = '{}', hashes = '{}', field_errors = null,
      zoho_read_at = now(), synced_at = now(), deleted_at = null
    where not t.computed or t.deleted_at is not null
      or (t.pricing_list_id, t.product_id, t.price, t.currency_code, t.product_name)
        is distinct from (excluded.pricing_list_id, excluded.product_id, excluded.price, excluded.currency_code, excluded.product_name)`.execute(
    tx,
  )
}

/**
 * A list and a product that change at once would each be multiplied with the other's old value. Products may change
 * beside each other; a list waits for them and they for it, and what follows sees what was committed meanwhile.
 */
async function takeTurns(tx: Tx, scope: PriceScope): Promise<void> {
  const take = 'lists' in scope ? sql`pg_advisory_xact_lock` : sql`pg_advisory_xact_lock_shared`
  await sql`select ${take}(hashtextextended('product_prices.computed', 0))`.execute(tx)
}

const percentageLists = sql`
  select l.zoho_pricebook_id from pricing_lists l where l.type = 'fixed_percentage' and l.deleted_at is null`

/** Every price that the percentage lists of this scope make; a list of which something is unknown makes none. */
const wanted = (scope: PriceScope): Sql => sql`
  select l.zoho_pricebook_id, l.id as pricing_list_id, p.zoho_item_id, p.id as product_id, p.name as product_name,
    l.currency_code, greatest(rounded.price, 0) as price
  from pricing_lists l
  join products p on p.currency_code = l.currency_code and p.is_active and p.deleted_at is null
  cross join lateral (
    select case when l.sales_or_purchase_type like 'purchase%' then p.cost_price else p.unit_price end
      * (100 + case when l.is_increase then l.percentage else -l.percentage end) / 100 as price) exact
  cross join lateral (select ${rounded} as price) rounded
  where l.zoho_pricebook_id in (${percentageLists}) and l.is_increase is not null and rounded.price is not null
    and ${'lists' in scope ? inScope('l', scope) : inScope('p', scope)}`

/**
 * Zoho's roundings by name: to whole units, to whole units less 0.01 ("0.99"), to halves, to halves less 0.01 ("0.49").
 * Without one, the decimal places of the list count, or those of its currency. Half is rounded away from zero. A
 * rounding that is not known makes no price rather than a wrong one.
 */
const rounded = sql`
  case coalesce(l.rounding, 'no_rounding')
    when 'no_rounding' then round(exact.price, coalesce(l.decimal_places, (
      select (o.currencies -> l.currency_code ->> 'precision')::integer from tds_zoho_organization o)))
    when 'round_to_dollar' then round(exact.price)
    when 'round_to_dollar_minus_01' then round(exact.price) - 0.01
    when 'round_to_half_dollar' then round(exact.price * 2) / 2
    when 'round_to_half_dollar_minus_01' then round(exact.price * 2) / 2 - 0.01
  end`

function inScope(table: string, scope: PriceScope): Sql {
  const [column, ids] = 'lists' in scope ? ['zoho_pricebook_id', scope.lists] : ['zoho_item_id', scope.items]
  return sql`${sql.ref(`${table}.${column}`)} in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`
}
