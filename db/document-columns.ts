import { sql } from 'kysely'

/**
 * Columns that the tables of one family share. Migrations that ran are history: none of this is ever changed, only
 * followed by another migration.
 */
export const documentHead = sql`
  number text,
  date date,
  due_date date,
  status text,
  reference_number text,
  currency_code text,
  exchange_rate numeric,
  price_precision integer,
  sub_total numeric,
  sub_total_inclusive_of_tax numeric,
  discount text,
  discount_amount numeric,
  discount_type text,
  is_discount_before_tax boolean,
  is_inclusive_tax boolean,
  tax_total numeric,
  shipping_charge numeric,
  adjustment numeric,
  total numeric,
  balance numeric,
  notes text`

export const customerColumns = sql`
  zoho_customer_id text,
  customer_id bigint references customers (id) on delete set null,
  customer_name text`

export const vendorColumns = sql`
  zoho_vendor_id text,
  vendor_id bigint references suppliers (id) on delete set null,
  vendor_name text`

export const lineHead = sql`
  zoho_line_item_id text not null,
  position integer,
  zoho_item_id text,
  product_id bigint references products (id) on delete set null,
  name text,
  description text,
  unit text,
  zoho_location_id text,
  warehouse_id bigint references warehouses (id) on delete set null,
  quantity numeric`

export const linePrice = sql`
  rate numeric,
  discount text,
  discount_amount numeric,
  tax_percentage numeric,
  item_total numeric`

export const paymentHead = sql`
  number text,
  date date,
  status text,
  amount numeric,
  unused_amount numeric,
  mode text,
  account text,
  zoho_account_id text,
  reference_number text,
  description text,
  currency_code text,
  exchange_rate numeric,
  tax_amount_withheld numeric,
  bank_charges numeric`
