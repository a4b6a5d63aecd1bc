import { type Kysely, sql } from 'kysely'
import { detailDue, mirrored } from '../columns.ts'

/** Zoho's contacts, which are customers or suppliers by their `contact_type`; both tables have the same columns. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['customers', 'suppliers']) await contacts(db, table)
}

async function contacts(db: Kysely<unknown>, table: string): Promise<void> {
  await sql`
    create table ${sql.table(table)} (
      id bigint generated always as identity primary key,
      zoho_contact_id text not null,
      name text,
      name_ar text,
      company_name text,
      customer_sub_type text,
      first_name text,
      last_name text,
      email text,
      phone text,
      mobile text,
      website text,
      billing_address jsonb,
      shipping_address jsonb,
      payment_terms integer,
      payment_terms_label text,
      credit_limit numeric,
      outstanding_receivable_amount numeric,
      outstanding_payable_amount numeric,
      unused_credits_receivable_amount numeric,
      unused_credits_payable_amount numeric,
      opening_balance_amount numeric,
      currency_code text,
      zoho_currency_id text,
      zoho_owner_id text,
      zoho_primary_contact_id text,
      zoho_pricebook_id text,
      pricing_list_id bigint references pricing_lists (id) on delete set null,
      notes text,
      status text,
      is_active boolean not null default true,
      ${detailDue},
      ${mirrored}
    )`.execute(db)
  const index = (name: string) => sql.ref(`idx_${table}_${name}`)
  await sql`create unique index ${index('zoho_contact_id')} on ${sql.table(table)} (zoho_contact_id)`.execute(db)
  await sql`
    create index ${index('detail_due')} on ${sql.table(table)} (zoho_last_modified_at)
    where detail_due and deleted_at is null`.execute(db)
  await sql`
    create index ${index('pricing_list')} on ${sql.table(table)} (zoho_pricebook_id)
    where zoho_pricebook_id is not null`.execute(db)
}
