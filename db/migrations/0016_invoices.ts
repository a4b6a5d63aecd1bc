import { type Kysely, sql } from 'kysely'
import { detailDue, mirrored } from '../columns.ts'
import { customerColumns, documentHead, lineHead, linePrice } from '../document-columns.ts'
import { childIndexes, parentIndexes } from '../document-indexes.ts'

/** Invoices and their lines. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table invoices (
      id bigint generated always as identity primary key,
      zoho_invoice_id text not null,
      ${documentHead},
      ${customerColumns},
      zoho_salesorder_id text,
      write_off_amount numeric,
      payment_made numeric,
      credits_applied numeric,
      is_active boolean not null default true,
      ${detailDue},
      ${mirrored}
    )`.execute(db)
  await parentIndexes(db, {
    table: 'invoices',
    id: 'zoho_invoice_id',
    references: ['zoho_customer_id', 'zoho_salesorder_id'],
  })
  await sql`
    create table invoice_items (
      id bigint generated always as identity primary key,
      zoho_invoice_id text not null,
      invoice_id bigint references invoices (id) on delete cascade,
      ${lineHead},
      ${linePrice},
      zoho_salesorder_item_id text,
      ${mirrored}
    )`.execute(db)
  await childIndexes(db, {
    table: 'invoice_items',
    owner: { reference: 'zoho_invoice_id', column: 'invoice_id' },
    key: 'zoho_line_item_id',
    references: ['zoho_item_id', 'zoho_location_id'],
  })
}
