import { type Kysely, sql } from 'kysely'
import { detailDue, mirrored } from '../columns.ts'
import { paymentHead, vendorColumns } from '../document-columns.ts'
import { childIndexes, parentIndexes } from '../document-indexes.ts'

/** Payments to suppliers, and how much of each settles which bill. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table vendor_payments (
      id bigint generated always as identity primary key,
      zoho_payment_id text not null,
      ${paymentHead},
      ${vendorColumns},
      is_active boolean not null default true,
      ${detailDue},
      ${mirrored}
    )`.execute(db)
  await parentIndexes(db, { table: 'vendor_payments', id: 'zoho_payment_id', references: ['zoho_vendor_id'] })
  await sql`
    create table vendor_payment_allocations (
      id bigint generated always as identity primary key,
      zoho_payment_id text not null,
      vendor_payment_id bigint references vendor_payments (id) on delete cascade,
      zoho_allocation_id text not null,
      position integer,
      zoho_bill_id text,
      bill_id bigint references bills (id) on delete set null,
      bill_number text,
      amount_applied numeric,
      tax_amount_withheld numeric,
      date date,
      ${mirrored}
    )`.execute(db)
  await childIndexes(db, {
    table: 'vendor_payment_allocations',
    owner: { reference: 'zoho_payment_id', column: 'vendor_payment_id' },
    key: 'zoho_allocation_id',
    references: ['zoho_bill_id'],
  })
}
