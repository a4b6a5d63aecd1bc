import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { testDatabase } from '../helpers/database.ts'

const select = async (db: Db, query: string) => (await sql.raw<Record<string, unknown>>(query).execute(db)).rows
const run = async (db: Db, ...statements: readonly string[]) => {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

t.test('the catalog has a row for each price of each active product, and one for a product without', async (t) => {
  const { db } = await testDatabase(t)
  await run(
    db,
    `insert into categories (zoho_category_id, name, deleted_at) values ('1', 'Cables', null), ('2', 'Gone', now())`,
    `insert into products (zoho_item_id, name, unit_price, currency_code, zoho_category_id, category_name, is_active, deleted_at) values
      ('10', 'Cable', 5.250, 'USD', '1', 'Cables (old)', true, null), ('11', 'Plug', 1, 'USD', '2', 'Plugs', true, null),
      ('12', 'Out of sale', 1, 'USD', null, null, false, null), ('13', 'Deleted', 1, 'USD', null, null, false, now())`,
    `insert into pricing_lists (zoho_pricebook_id, name, currency_code, type, sales_or_purchase_type, is_active, deleted_at) values
      ('20', 'Shops', 'IQD', 'per_item', 'sales', true, null), ('21', 'Ten less', 'USD', 'fixed_percentage', null, true, null),
      ('22', 'Suppliers', 'USD', 'per_item', 'purchases', true, null), ('23', 'Last year', 'USD', 'per_item', 'sales', false, null),
      ('24', 'Deleted', 'USD', 'per_item', 'sales', true, now())`,
    `insert into product_prices (zoho_pricebook_id, zoho_item_id, start_quantity, end_quantity, price, currency_code, computed, deleted_at) values
      ('20', '10', 1, 9, 7500, 'IQD', false, null), ('20', '10', 10, null, 7000, 'IQD', false, null), ('20', '11', 1, null, 900, 'IQD', false, now()),
      ('21', '10', 1, null, 4.73, 'USD', true, null), ('21', '11', 1, null, null, 'USD', true, null),
      ('22', '11', 1, null, 0.5, 'USD', false, null), ('23', '11', 1, null, 2, 'USD', false, null), ('24', '11', 1, null, 3, 'USD', false, null),
      ('20', '12', 1, null, 900, 'IQD', false, null), ('20', '13', 1, null, 900, 'IQD', false, null)`,
  )
  const cable = { zoho_item_id: '10', category: 'Cables', unit_price: '5.250', currency_code: 'USD' }
  t.strictSame(
    await select(
      db,
      `select zoho_item_id, category, unit_price, currency_code, price_list, price_currency_code, start_quantity, end_quantity, price, computed
       from v_products_catalog order by zoho_item_id, zoho_pricebook_id, start_quantity`,
    ),
    [
      { ...cable, ...priced('Shops', 'IQD', '1', '9', '7500', false) },
      { ...cable, ...priced('Shops', 'IQD', '10', null, '7000', false) },
      { ...cable, ...priced('Ten less', 'USD', '1', null, '4.73', true) },
      {
        ...{ zoho_item_id: '11', category: 'Plugs', unit_price: '1', currency_code: 'USD' },
        ...priced(null, null, null, null, null, null),
      },
    ],
  )
})

const priced = (
  price_list: string | null,
  price_currency_code: string | null,
  start_quantity: string | null,
  end_quantity: string | null,
  price: string | null,
  computed: boolean | null,
) => ({ price_list, price_currency_code, start_quantity, end_quantity, price, computed })

const balances = `select zoho_contact_id as id, currency_code, outstanding_receivable_amount as stated, open_invoices_balance as open,
  overdue_balance as overdue, unused_credits_receivable_amount as credits, open_invoices, difference
  from v_customer_balances order by zoho_contact_id, currency_code`

t.test('what a customer owes is told by currency, from what was really charged', async (t) => {
  const { db } = await testDatabase(t)
  await run(
    db,
    `insert into customers (zoho_contact_id, currency_code, outstanding_receivable_amount, unused_credits_receivable_amount, is_active, deleted_at) values
      ('1', 'USD', 130.50, 20, true, null), ('2', 'IQD', 0, 0, false, null), ('3', null, null, null, true, null), ('4', 'USD', 9, 0, false, now())`,
    `insert into invoices (zoho_invoice_id, zoho_customer_id, status, currency_code, balance, due_date, deleted_at) values
      ('10', '1', 'sent', 'USD', 100.25, current_date + 9, null), ('11', '1', 'overdue', 'USD', 30, current_date - 9, null),
      ('12', '1', 'draft', 'USD', 1000, current_date - 9, null), ('13', '1', 'void', 'USD', 2000, current_date - 9, null),
      ('14', '1', 'pending_approval', 'USD', 4000, null, null), ('15', '1', 'paid', 'USD', 0, current_date - 9, null),
      ('16', '1', 'sent', 'USD', 8000, null, now()), ('17', '1', 'overdue', 'IQD', 15000, current_date - 9, null),
      ('18', '1', 'paid', 'EUR', 0, null, null), ('19', '4', 'sent', 'USD', 9, null, null)`,
  )
  t.strictSame(await select(db, balances), [
    balance('1', 'IQD', null, '15000', '15000', null, 1, null),
    balance('1', 'USD', '130.50', '130.25', '30', '20', 2, '0.25'),
    balance('2', 'IQD', '0', '0', '0', '0', 0, '0'),
    balance('3', null, null, '0', '0', null, 0, null),
  ])
})

function balance(
  id: string,
  currency_code: string | null,
  stated: string | null,
  open: string,
  overdue: string,
  credits: string | null,
  open_invoices: number,
  difference: string | null,
) {
  return { id, currency_code, stated, open, overdue, credits, open_invoices, difference }
}

t.test('an invoice is overdue when its day has passed where the organisation is', async (t) => {
  const { db } = await testDatabase(t)
  // Between these two zones lies more than a day, so their dates always differ.
  const [east, west] = ['Pacific/Kiritimati', 'Etc/GMT+12']
  await run(
    db,
    `insert into customers (zoho_contact_id, currency_code) values ('1', 'USD')`,
    `insert into invoices (zoho_invoice_id, zoho_customer_id, status, currency_code, balance, due_date)
      values ('10', '1', 'sent', 'USD', 7, (now() at time zone '${west}')::date)`,
    `insert into tds_zoho_organization (organization_id, name, time_zone, currency_code, price_precision) values ('1', 'x', '${west}', 'USD', 2)`,
  )
  t.match(await select(db, balances), [{ open: '7', overdue: '0' }], 'still the day it is due')
  await run(db, `update tds_zoho_organization set time_zone = '${east}'`)
  t.match(await select(db, balances), [{ open: '7', overdue: '7' }], 'already the next')
})

t.test('stock is told for living products in living warehouses', async (t) => {
  const { db } = await testDatabase(t)
  await run(
    db,
    `insert into products (zoho_item_id, sku, name, is_active, deleted_at) values ('10', 'A', 'Cable', true, null), ('11', 'B', 'Old', false, null), ('12', 'C', 'Gone', false, now())`,
    `insert into warehouses (zoho_location_id, name, is_active, deleted_at) values ('1', 'Main', true, null), ('2', 'Gone', false, now())`,
    `insert into inventory_items (zoho_item_id, zoho_location_id, stock_on_hand, committed_stock, available_for_sale, deleted_at) values
      ('10', '1', 7.5, 2, 5.5, null), ('10', '2', 1, 0, 1, null), ('11', '1', null, null, null, null), ('12', '1', 4, 0, 4, null),
      ('99', '1', 4, 0, 4, null)`,
  )
  const query = `select zoho_item_id, sku, is_active, warehouse, stock_on_hand, committed_stock, available_for_sale from v_stock_by_warehouse order by 1`
  const main = { warehouse: 'Main', is_active: true }
  t.strictSame(
    (await select(db, query)).map((row) => ({ ...row })),
    [
      {
        zoho_item_id: '10',
        sku: 'A',
        ...{ is_active: true, warehouse: 'Main' },
        ...{ stock_on_hand: '7.5', committed_stock: '2', available_for_sale: '5.5' },
      },
      {
        ...{ zoho_item_id: '11', sku: 'B', ...main, is_active: false },
        ...{ stock_on_hand: null, committed_stock: null, available_for_sale: null },
      },
    ],
  )
  await run(db, `update inventory_items set deleted_at = now() where zoho_item_id = '10'`)
  t.match(await select(db, query), [{ zoho_item_id: '11' }])
})

t.test('every view says what it is', async (t) => {
  const { db } = await testDatabase(t)
  t.strictSame(
    await select(
      db,
      `select relname from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace and obj_description(oid) is null`,
    ),
    [],
  )
  t.match(await select(db, `select col_description('v_products_catalog'::regclass, 20) as words`), [
    { words: /neither another list, nor another currency/ },
  ])
})
