import { type Kysely, sql } from 'kysely'
import { detailDue, mirrored } from '../columns.ts'
import { documentHead, lineHead, linePrice, vendorColumns } from '../document-columns.ts'
import { childIndexes, parentIndexes } from '../document-indexes.ts'

/** Purchase orders and their lines; the columns from `inventory_status` on are Inventory's, as is what a line received. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await orders(db)
  await lines(db)
}

async function orders(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table purchase_orders (
      id bigint generated always as identity primary key,
      zoho_purchaseorder_id text not null,
      ${documentHead},
      ${vendorColumns},
      zoho_salesorder_id text,
      expected_delivery_date date,
      order_status text,
      billed_status text,
      received_status text,
      quantity_yet_to_receive numeric,
      quantity_marked_as_received numeric,
      is_marked_as_received boolean,
      is_active boolean not null default true,
      inventory_status text,
      is_drop_shipment boolean,
      is_backorder boolean,
      inventory_modified_at timestamptz,
      inventory_read_at timestamptz,
      inventory_data jsonb,
      inventory_detail_due boolean not null default true,
      ${detailDue},
      ${mirrored}
    )`.execute(db)
  await parentIndexes(db, { table: 'purchase_orders', id: 'zoho_purchaseorder_id', references: ['zoho_vendor_id'] })
  await sql`
    create index idx_purchase_orders_inventory_detail_due on purchase_orders (date)
    where inventory_detail_due and deleted_at is null`.execute(db)
}

async function lines(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table purchase_order_items (
      id bigint generated always as identity primary key,
      zoho_purchaseorder_id text not null,
      purchase_order_id bigint references purchase_orders (id) on delete cascade,
      ${lineHead},
      ${linePrice},
      quantity_received numeric,
      quantity_billed numeric,
      quantity_cancelled numeric,
      quantity_marked_as_received numeric,
      ${mirrored}
    )`.execute(db)
  await childIndexes(db, {
    table: 'purchase_order_items',
    owner: { reference: 'zoho_purchaseorder_id', column: 'purchase_order_id' },
    key: 'zoho_line_item_id',
    references: ['zoho_item_id', 'zoho_location_id'],
  })
}
