import { type Kysely, sql } from 'kysely'

/** Views for the people who read, and the role that may read them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await productsCatalog(db)
  await customerBalances(db)
  await stockByWarehouse(db)
  await readerRole(db)
}

/**
 * `offset 0` keeps the prices a look-up by product: before the first ANALYZE of a new mirror the planner takes every
 * table for nearly empty and would compare each product with each price (10 s instead of 0.05 s for 2,221 × 8).
 */
async function productsCatalog(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view v_products_catalog as
    select p.zoho_item_id, p.sku, p.name, p.name_ar, p.description, p.description_ar,
      coalesce(c.name, p.category_name) as category, p.brand, p.unit, p.unit_price, p.currency_code,
      p.stock_on_hand, p.available_stock, p.image_url,
      s.price_list, s.zoho_pricebook_id, s.price_currency_code, s.start_quantity, s.end_quantity, s.price, s.computed
    from products p
    left join categories c on c.zoho_category_id = p.zoho_category_id and c.deleted_at is null
    left join lateral (
      select l.name as price_list, r.zoho_pricebook_id, r.currency_code as price_currency_code,
        r.start_quantity, r.end_quantity, r.price, r.computed
      from product_prices r join pricing_lists l on l.zoho_pricebook_id = r.zoho_pricebook_id
      where r.zoho_item_id = p.zoho_item_id and r.deleted_at is null and r.price is not null and l.deleted_at is null and l.is_active
        and coalesce(l.sales_or_purchase_type, 'sales') not like 'purchase%'
      offset 0
    ) s on true
    where p.is_active and p.deleted_at is null`.execute(db)
  await explain(db, 'v_products_catalog', {
    '': 'Active products, one row for each of their prices in active price lists for sales; a product without any is here once, with empty price columns. Count products by count(distinct zoho_item_id).',
    category: 'Name of the category',
    unit_price: "The product's own price, in currency_code; no price list is asked",
    currency_code: "The organisation's base currency",
    stock_on_hand: 'Over all warehouses, as Zoho states it',
    available_stock: 'Over all warehouses, as Zoho states it',
    price_list: 'Name of the price list; two lists may have one name, zoho_pricebook_id tells them apart',
    price_currency_code: 'Currency of price',
    start_quantity: 'From this quantity on the price holds',
    end_quantity: 'Up to and with this quantity; null: without end',
    price:
      'In price_currency_code. What a list does not price has no row: neither another list, nor another currency, nor unit_price takes its place',
    computed: "true: made from unit_price and the list's percentage; false: Zoho states it",
  })
}

/**
 * Amounts are summed by currency and never across: the figure that Zoho states is in the customer's own currency, and
 * invoices in others have rows of their own, without it.
 */
async function customerBalances(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view v_customer_balances as
    select c.zoho_contact_id, c.name, c.name_ar, c.company_name, c.is_active, b.currency_code,
      case when b.is_own then c.outstanding_receivable_amount end as outstanding_receivable_amount,
      b.open_invoices_balance, b.overdue_balance,
      case when b.is_own then c.unused_credits_receivable_amount end as unused_credits_receivable_amount,
      b.open_invoices,
      case when b.is_own then c.outstanding_receivable_amount end - b.open_invoices_balance as difference
    from customers c
    cross join (
      select (now() at time zone coalesce((select o.time_zone from tds_zoho_organization o), 'UTC'))::date as today) t
    cross join lateral (
      select d.currency_code, bool_or(d.is_own) as is_own, coalesce(sum(d.balance), 0) as open_invoices_balance,
        coalesce(sum(d.balance) filter (where d.due_date < t.today), 0) as overdue_balance,
        count(*) filter (where d.balance <> 0)::integer as open_invoices
      from (
        select c.currency_code, true as is_own, null::numeric as balance, null::date as due_date
        union all
        select i.currency_code, i.currency_code is not distinct from c.currency_code, i.balance, i.due_date
        from invoices i
        where i.zoho_customer_id = c.zoho_contact_id and i.deleted_at is null
          and coalesce(i.status, '') not in ('draft', 'void', 'pending_approval')
          and (i.balance <> 0 or i.currency_code is not distinct from c.currency_code)
      ) d
      group by d.currency_code
    ) b
    where c.deleted_at is null`.execute(db)
  await explain(db, 'v_customer_balances', {
    '': "What customers owe: one row a customer and currency, the customer's own and those of its open invoices. Sum only rows of one currency_code.",
    currency_code: 'Currency of every amount in the row',
    outstanding_receivable_amount:
      "As Zoho states it, in the customer's own currency; null in the rows of other currencies",
    open_invoices_balance: 'Sum of the balances of its invoices in this currency; never draft, void or unapproved ones',
    overdue_balance: "The part of it that was due before today, by the organisation's time zone",
    unused_credits_receivable_amount:
      "Payments and credit notes not yet used, as Zoho states it, in the customer's own currency",
    open_invoices: 'How many invoices have a balance',
    difference:
      'outstanding_receivable_amount - open_invoices_balance. Opening balances and journals are outstanding without an invoice; until the invoices are all here it says nothing',
  })
}

async function stockByWarehouse(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view v_stock_by_warehouse as
    select p.zoho_item_id, p.sku, p.name, p.name_ar, p.unit, p.is_active,
      w.zoho_location_id, w.name as warehouse, w.code as warehouse_code, w.is_active as is_warehouse_active,
      s.stock_on_hand, s.committed_stock, s.available_for_sale, s.synced_at
    from inventory_items s
    join products p on p.zoho_item_id = s.zoho_item_id and p.deleted_at is null
    join warehouses w on w.zoho_location_id = s.zoho_location_id and w.deleted_at is null
    where s.deleted_at is null`.execute(db)
  await explain(db, 'v_stock_by_warehouse', {
    '': 'Stock of each product in each warehouse where Zoho keeps a stock of it; inactive ones are here, deleted ones are not.',
    is_active: 'Whether the product is active',
    stock_on_hand: 'As Zoho states it for the warehouse; null where Zoho does not say, which is not 0',
    committed_stock: 'Promised to sales orders',
    available_for_sale: 'As Zoho states it',
    synced_at: 'When one of these figures last changed here',
  })
}

/** Words on a view and its columns; those under '' are the view's. */
async function explain(db: Kysely<unknown>, view: string, words: Readonly<Record<string, string>>): Promise<void> {
  for (const [column, text] of Object.entries(words)) {
    const on = column === '' ? sql`view ${sql.table(view)}` : sql`column ${sql.ref(`${view}.${column}`)}`
    await sql`comment on ${on} is ${sql.lit(text)}`.execute(db)
  }
}

/**
 * Roles belong to the whole cluster: another database may have made it, or be making it now. Whoever may not make roles
 * migrates all the same, and calls `tds_grant_reader()` once an administrator has made it. The function is called again
 * by migrations that add tables.
 */
async function readerRole(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function tds_grant_reader() returns void language plpgsql as $$
    declare
      readable text;
    begin
      if not exists (select from pg_roles where rolname = 'tds_reader') then
        raise notice 'role tds_reader is not there, so nothing was granted; create it and run: select tds_grant_reader()';
        return;
      end if;
      execute format('grant usage on schema %I to tds_reader', current_schema());
      -- The mirror's tables are those that know when Zoho was read; the sync's own, with tokens and keys, are not among them.
      for readable in
        select format('%I.%I', current_schema(), c.relname) from pg_class c
        where c.relnamespace = current_schema()::regnamespace and c.relname not like 'tds\\_%'
          and (c.relkind = 'v' and c.relname in ('v_products_catalog', 'v_customer_balances', 'v_stock_by_warehouse')
            or c.relkind in ('r', 'p') and exists (
              select from pg_attribute a where a.attrelid = c.oid and a.attname = 'zoho_read_at' and not a.attisdropped))
      loop
        execute format('grant select on %s to tds_reader', readable);
      end loop;
    end $$`.execute(db)
  await sql`
    comment on function tds_grant_reader() is
      'Lets the role tds_reader read the views and the mirrored tables, never the tables of the sync itself (tds_*)'`.execute(
    db,
  )
  await sql`
    do $$
    begin
      if not exists (select from pg_roles where rolname = 'tds_reader') then
        create role tds_reader nologin;
      end if;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise notice 'this user may not create the role tds_reader; see "Reading the mirror" in the README';
    end $$`.execute(db)
  await sql`select tds_grant_reader()`.execute(db)
}
