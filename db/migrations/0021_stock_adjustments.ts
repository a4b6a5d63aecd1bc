import { type Kysely, sql } from 'kysely'
import { detailDue, mirrored } from '../columns.ts'
import { lineHead } from '../document-columns.ts'
import { childIndexes, parentIndexes } from '../document-indexes.ts'

/** Corrections of stock and the items they correct. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table stock_adjustments (
      id bigint generated always as identity primary key,
      zoho_inventory_adjustment_id text not null,
      date date,
      reference_number text,
      reason text,
      zoho_reason_id text,
      description text,
      adjustment_type text,
      status text,
      quantity_adjusted numeric,
      value_adjusted numeric,
      total numeric,
      zoho_location_id text,
      warehouse_id bigint references warehouses (id) on delete set null,
      is_active boolean not null default true,
      ${detailDue},
      ${mirrored}
    )`.execute(db)
  await parentIndexes(db, {
    table: 'stock_adjustments',
    id: 'zoho_inventory_adjustment_id',
    references: ['zoho_location_id'],
  })
  await sql`
    create table stock_adjustment_items (
      id bigint generated always as identity primary key,
      zoho_inventory_adjustment_id text not null,
      stock_adjustment_id bigint references stock_adjustments (id) on delete cascade,
      ${lineHead},
      value_adjusted numeric,
      item_total numeric,
      account text,
      zoho_account_id text,
      ${mirrored}
    )`.execute(db)
  await childIndexes(db, {
    table: 'stock_adjustment_items',
    owner: { reference: 'zoho_inventory_adjustment_id', column: 'stock_adjustment_id' },
    key: 'zoho_line_item_id',
    references: ['zoho_item_id', 'zoho_location_id'],
  })
}
