import { type Kysely, sql } from 'kysely'
import { mirrored } from '../columns.ts'

/** Price lists and the prices in them; a list that is a percentage has prices that we compute from products. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table pricing_lists (
      id bigint generated always as identity primary key,
      zoho_pricebook_id text not null,
      name text,
      description text,
      currency_code text,
      zoho_currency_id text,
      type text,
      pricing_scheme text,
      percentage numeric,
      is_increase boolean,
      rounding text,
      decimal_places integer,
      sales_or_purchase_type text,
      is_default boolean,
      status text,
      is_active boolean not null default true,
      ${mirrored}
    )`.execute(db)
  await sql`create unique index idx_pricing_lists_zoho_pricebook_id on pricing_lists (zoho_pricebook_id)`.execute(db)
  await prices(db)
}

async function prices(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table product_prices (
      id bigint generated always as identity primary key,
      zoho_pricebook_id text not null,
      pricing_list_id bigint references pricing_lists (id) on delete cascade,
      zoho_item_id text not null,
      product_id bigint references products (id) on delete set null,
      start_quantity numeric not null,
      end_quantity numeric,
      price numeric,
      currency_code text not null,
      discount_percentage text,
      pricing_scheme text,
      zoho_pricebook_item_id text,
      product_name text,
      computed boolean not null default false,
      ${mirrored}
    )`.execute(db)
  await sql`
    create unique index idx_product_prices_key on product_prices (zoho_pricebook_id, zoho_item_id, start_quantity)`.execute(
    db,
  )
  await sql`create index idx_product_prices_owner on product_prices (pricing_list_id)`.execute(db)
  await sql`create index idx_product_prices_item on product_prices (zoho_item_id)`.execute(db)
  await sql`create index idx_product_prices_product on product_prices (product_id)`.execute(db)
}
