import { type Kysely, sql } from 'kysely'
import { detailDue, mirrored } from '../columns.ts'
import { customerColumns, documentHead, lineHead, linePrice } from '../document-columns.ts'
import { childIndexes, parentIndexes } from '../document-indexes.ts'

const owner = { reference: 'zoho_creditnote_id', column: 'credit_note_id' }

/** Credit notes, their lines, and the invoices they were used for. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await notes(db)
  await lines(db)
  await invoicesCredited(db)
}

async function notes(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table credit_notes (
      id bigint generated always as identity primary key,
      zoho_creditnote_id text not null,
      ${documentHead},
      ${customerColumns},
      total_credits_used numeric,
      total_refunded_amount numeric,
      is_active boolean not null default true,
      ${detailDue},
      ${mirrored}
    )`.execute(db)
  await parentIndexes(db, { table: 'credit_notes', id: 'zoho_creditnote_id', references: ['zoho_customer_id'] })
}

async function lines(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table credit_note_items (
      id bigint generated always as identity primary key,
      zoho_creditnote_id text not null,
      credit_note_id bigint references credit_notes (id) on delete cascade,
      ${lineHead},
      ${linePrice},
      zoho_invoice_id text,
      zoho_invoice_item_id text,
      ${mirrored}
    )`.execute(db)
  await childIndexes(db, {
    table: 'credit_note_items',
    owner,
    key: 'zoho_line_item_id',
    references: ['zoho_item_id', 'zoho_location_id'],
  })
}

async function invoicesCredited(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table credit_note_invoices (
      id bigint generated always as identity primary key,
      zoho_creditnote_id text not null,
      credit_note_id bigint references credit_notes (id) on delete cascade,
      zoho_allocation_id text not null,
      position integer,
      zoho_invoice_id text,
      invoice_id bigint references invoices (id) on delete set null,
      invoice_number text,
      amount_applied numeric,
      date date,
      ${mirrored}
    )`.execute(db)
  await childIndexes(db, {
    table: 'credit_note_invoices',
    owner,
    key: 'zoho_allocation_id',
    references: ['zoho_invoice_id'],
  })
}
