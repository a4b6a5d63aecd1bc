import { type Kysely, sql } from 'kysely'

/** What only Zoho Books tells of an item: taxes, accounts and what it may be used for, with a read time of their own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table products
      add column zoho_tax_id text,
      add column tax_name text,
      add column tax_percentage numeric,
      add column zoho_sales_account_id text,
      add column sales_account_name text,
      add column zoho_purchase_account_id text,
      add column purchase_account_name text,
      add column purchase_description text,
      add column can_be_sold boolean,
      add column can_be_purchased boolean,
      add column track_inventory boolean,
      add column vendor_name text,
      add column books_read_at timestamptz,
      add column books_data jsonb`.execute(db)
}
