import { type Kysely, sql } from 'kysely'
import { detailDue, mirrored } from '../columns.ts'
import { lineHead } from '../document-columns.ts'
import { childIndexes, parentIndexes } from '../document-indexes.ts'

/** Transfers of stock between warehouses, and the items they move. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table stock_transfers (
      id bigint generated always as identity primary key,
      zoho_transfer_order_id text not null,
      number text,
      date date,
      description text,
      status text,
      is_in_transit boolean,
      quantity numeric,
      zoho_from_location_id text,
      from_warehouse_id bigint references warehouses (id) on delete set null,
      zoho_to_location_id text,
      to_warehouse_id bigint references warehouses (id) on delete set null,
      is_active boolean not null default true,
      ${detailDue},
      ${mirrored}
    )`.execute(db)
  await parentIndexes(db, {
    table: 'stock_transfers',
    id: 'zoho_transfer_order_id',
    references: ['zoho_from_location_id', 'zoho_to_location_id'],
  })
  await sql`
    create table stock_transfer_items (
      id bigint generated always as identity primary key,
      zoho_transfer_order_id text not null,
      stock_transfer_id bigint references stock_transfers (id) on delete cascade,
      ${lineHead},
      ${mirrored}
    )`.execute(db)
  await childIndexes(db, {
    table: 'stock_transfer_items',
    owner: { reference: 'zoho_transfer_order_id', column: 'stock_transfer_id' },
    key: 'zoho_line_item_id',
    references: ['zoho_item_id', 'zoho_location_id'],
  })
}
