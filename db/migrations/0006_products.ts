import { type Kysely, sql } from 'kysely'

/** Products, their categories, stock by location and pictures. Source facts: Zoho Inventory items, itemdetails, locations. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await categories(db)
  await products(db)
  await productImages(db)
  await stock(db)
}

/** The columns every mirrored row has; `hashes` is one content hash per source view, so each compares only what it owns. */
const mirrored = sql`
  zoho_data jsonb not null default '{}',
  hashes jsonb not null default '{}',
  field_errors jsonb,
  zoho_created_at timestamptz,
  zoho_last_modified_at timestamptz,
  zoho_read_at timestamptz not null default now(),
  synced_at timestamptz not null default now(),
  deleted_at timestamptz`

async function categories(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table categories (
      id bigint generated always as identity primary key,
      zoho_category_id text not null,
      name text,
      zoho_parent_category_id text,
      parent_id bigint references categories (id) on delete set null,
      description text,
      depth integer,
      sort_order integer,
      is_active boolean not null default true,
      ${mirrored}
    )`.execute(db)
  await sql`create unique index idx_categories_zoho_category_id on categories (zoho_category_id)`.execute(db)
  await sql`create index idx_categories_parent on categories (zoho_parent_category_id)`.execute(db)
}

async function products(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table products (
      id bigint generated always as identity primary key,
      zoho_item_id text not null,
      sku text,
      name text,
      name_ar text,
      description text,
      description_ar text,
      unit_price numeric,
      cost_price numeric,
      currency_code text,
      stock_on_hand numeric,
      available_stock numeric,
      actual_available_stock numeric,
      reorder_level numeric,
      unit text,
      brand text,
      manufacturer text,
      item_type text,
      product_type text,
      zoho_category_id text,
      category_name text,
      category_id bigint references categories (id) on delete set null,
      is_active boolean not null default true,
      image_document_id text,
      image_name text,
      image_url text,
      images jsonb not null default '[]',
      ${mirrored}
    )`.execute(db)
  await sql`create unique index idx_products_zoho_item_id on products (zoho_item_id)`.execute(db)
  await sql`create index idx_products_image_url on products (image_url) where image_url is not null`.execute(db)
  await sql`create index idx_products_sku on products (sku) where sku is not null`.execute(db)
  await sql`create index idx_products_category on products (zoho_category_id) where zoho_category_id is not null`.execute(
    db,
  )
  await sql`create index idx_products_modified on products (zoho_last_modified_at)`.execute(db)
}

async function productImages(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table product_images (
      id bigint generated always as identity primary key,
      zoho_item_id text not null,
      product_id bigint references products (id) on delete set null,
      image_document_id text,
      image_name text,
      status text not null check (status in ('present', 'none', 'broken', 'refused', 'too_large')),
      reason text,
      file_name text,
      sha256 text,
      bytes integer,
      content_type text,
      width integer,
      height integer,
      zoho_read_at timestamptz not null default now(),
      synced_at timestamptz not null default now(),
      deleted_at timestamptz,
      check (status <> 'present' or (file_name is not null and sha256 is not null and content_type is not null))
    )`.execute(db)
  await sql`create unique index idx_product_images_zoho_item_id on product_images (zoho_item_id)`.execute(db)
}

async function stock(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table warehouses (
      id bigint generated always as identity primary key,
      zoho_location_id text not null,
      name text,
      code text,
      type text,
      zoho_parent_location_id text,
      address jsonb,
      phone text,
      email text,
      is_primary boolean,
      is_active boolean not null default true,
      ${mirrored}
    )`.execute(db)
  await sql`create unique index idx_warehouses_zoho_location_id on warehouses (zoho_location_id)`.execute(db)
  await sql`
    create table inventory_items (
      id bigint generated always as identity primary key,
      zoho_item_id text not null,
      zoho_location_id text not null,
      product_id bigint references products (id) on delete set null,
      warehouse_id bigint references warehouses (id) on delete set null,
      stock_on_hand numeric,
      committed_stock numeric,
      available_for_sale numeric,
      available_stock numeric,
      actual_available_stock numeric,
      ${mirrored}
    )`.execute(db)
  await sql`create unique index idx_inventory_items_key on inventory_items (zoho_item_id, zoho_location_id)`.execute(db)
  await sql`create index idx_inventory_items_location on inventory_items (zoho_location_id)`.execute(db)
}
