import { type Kysely, sql } from 'kysely'
import { detailDue, mirrored } from '../columns.ts'
import { customerColumns, paymentHead } from '../document-columns.ts'
import { childIndexes, parentIndexes } from '../document-indexes.ts'

/** Payments of customers, and how much of each settles which invoice. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table customer_payments (
      id bigint generated always as identity primary key,
      zoho_payment_id text not null,
      ${paymentHead},
      ${customerColumns},
      is_active boolean not null default true,
      ${detailDue},
      ${mirrored}
    )`.execute(db)
  await parentIndexes(db, { table: 'customer_payments', id: 'zoho_payment_id', references: ['zoho_customer_id'] })
  await sql`
    create table customer_payment_allocations (
      id bigint generated always as identity primary key,
      zoho_payment_id text not null,
      customer_payment_id bigint references customer_payments (id) on delete cascade,
      zoho_allocation_id text not null,
      position integer,
      zoho_invoice_id text,
      invoice_id bigint references invoices (id) on delete set null,
      invoice_number text,
      amount_applied numeric,
      tax_amount_withheld numeric,
      date date,
      ${mirrored}
    )`.execute(db)
  await childIndexes(db, {
    table: 'customer_payment_allocations',
    owner: { reference: 'zoho_payment_id', column: 'customer_payment_id' },
    key: 'zoho_allocation_id',
    references: ['zoho_invoice_id'],
  })
}
