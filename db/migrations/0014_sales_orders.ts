import { type Kysely, sql } from 'kysely'
import { detailDue, mirrored } from '../columns.ts'
import { customerColumns, documentHead, lineHead, linePrice } from '../document-columns.ts'
import { childIndexes, parentIndexes } from '../document-indexes.ts'

/** Sales orders and their lines; the columns from `inventory_status` on are Inventory's, as are the lines' quantities done. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await orders(db)
  await lines(db)
}

async function orders(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sales_orders (
      id bigint generated always as identity primary key,
      zoho_salesorder_id text not null,
      ${documentHead},
      ${customerColumns},
      order_status text,
      invoiced_status text,
      paid_status text,
      shipped_status text,
      is_active boolean not null default true,
      inventory_status text,
      quantity numeric,
      quantity_invoiced numeric,
      quantity_packed numeric,
      quantity_shipped numeric,
      is_drop_shipment boolean,
      is_backorder boolean,
      inventory_modified_at timestamptz,
      inventory_read_at timestamptz,
      inventory_data jsonb,
      inventory_detail_due boolean not null default true,
      ${detailDue},
      ${mirrored}
    )`.execute(db)
  await parentIndexes(db, { table: 'sales_orders', id: 'zoho_salesorder_id', references: ['zoho_customer_id'] })
  await sql`
    create index idx_sales_orders_inventory_detail_due on sales_orders (date)
    where inventory_detail_due and deleted_at is null`.execute(db)
}

async function lines(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sales_order_items (
      id bigint generated always as identity primary key,
      zoho_salesorder_id text not null,
      sales_order_id bigint references sales_orders (id) on delete cascade,
      ${lineHead},
      ${linePrice},
      quantity_invoiced numeric,
      quantity_packed numeric,
      quantity_shipped numeric,
      ${mirrored}
    )`.execute(db)
  await childIndexes(db, {
    table: 'sales_order_items',
    owner: { reference: 'zoho_salesorder_id', column: 'sales_order_id' },
    key: 'zoho_line_item_id',
    references: ['zoho_item_id', 'zoho_location_id'],
  })
}
