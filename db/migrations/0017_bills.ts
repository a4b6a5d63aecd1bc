import { type Kysely, sql } from 'kysely'
import { detailDue, mirrored } from '../columns.ts'
import { documentHead, lineHead, linePrice, vendorColumns } from '../document-columns.ts'
import { childIndexes, parentIndexes } from '../document-indexes.ts'

/** Bills of suppliers and their lines. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bills (
      id bigint generated always as identity primary key,
      zoho_bill_id text not null,
      ${documentHead},
      ${vendorColumns},
      payment_made numeric,
      vendor_credits_applied numeric,
      is_active boolean not null default true,
      ${detailDue},
      ${mirrored}
    )`.execute(db)
  await parentIndexes(db, { table: 'bills', id: 'zoho_bill_id', references: ['zoho_vendor_id'] })
  await sql`
    create table bill_items (
      id bigint generated always as identity primary key,
      zoho_bill_id text not null,
      bill_id bigint references bills (id) on delete cascade,
      ${lineHead},
      ${linePrice},
      quantity_received numeric,
      zoho_purchaseorder_id text,
      zoho_purchaseorder_item_id text,
      ${mirrored}
    )`.execute(db)
  await childIndexes(db, {
    table: 'bill_items',
    owner: { reference: 'zoho_bill_id', column: 'bill_id' },
    key: 'zoho_line_item_id',
    references: ['zoho_item_id', 'zoho_location_id', 'zoho_purchaseorder_id'],
  })
}
