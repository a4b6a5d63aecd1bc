import { type Kysely, sql } from 'kysely'
import { detailDue, mirrored } from '../columns.ts'

/** Items that are made of other items. The same id is a row of products, which has the stock. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table composite_items (
      id bigint generated always as identity primary key,
      zoho_composite_item_id text not null,
      product_id bigint references products (id) on delete set null,
      name text,
      sku text,
      combo_type text,
      unit text,
      unit_price numeric,
      currency_code text,
      description text,
      is_active boolean not null default true,
      ${detailDue},
      ${mirrored}
    )`.execute(db)
  await sql`create unique index idx_composite_items_zoho_composite_item_id on composite_items (zoho_composite_item_id)`.execute(
    db,
  )
  await sql`
    create index idx_composite_items_detail_due on composite_items (zoho_last_modified_at)
    where detail_due and deleted_at is null`.execute(db)
  await components(db)
}

async function components(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table composite_item_components (
      id bigint generated always as identity primary key,
      zoho_composite_item_id text not null,
      composite_item_id bigint references composite_items (id) on delete cascade,
      zoho_line_item_id text not null,
      zoho_item_id text,
      product_id bigint references products (id) on delete set null,
      position integer,
      name text,
      sku text,
      description text,
      unit text,
      quantity numeric,
      rate numeric,
      currency_code text,
      ${mirrored}
    )`.execute(db)
  await sql`
    create unique index idx_composite_item_components_key
    on composite_item_components (zoho_composite_item_id, zoho_line_item_id)`.execute(db)
  await sql`create index idx_composite_item_components_owner on composite_item_components (composite_item_id)`.execute(
    db,
  )
  await sql`
    create index idx_composite_item_components_item on composite_item_components (zoho_item_id)
    where zoho_item_id is not null`.execute(db)
}
