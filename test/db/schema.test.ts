import { readFile } from 'node:fs/promises'
import t from 'tap'
import { renderSchema } from '../../db/generate.ts'
import { schemaDifferences, sql } from '../../db/index.ts'
import { testDatabase } from '../helpers/database.ts'

t.test('db/schema.ts is what the migrations make; "npm run schema" writes it', async (t) => {
  const { db } = await testDatabase(t)
  t.equal(await renderSchema(db), await readFile(new URL('../../db/schema.ts', import.meta.url), 'utf8'))
})

t.test('a migrated database has no differences, whatever others added', async (t) => {
  const { db } = await testDatabase(t)
  await sql`create table of_the_erp (id int)`.execute(db)
  await sql`alter table products add column of_the_erp text`.execute(db)
  await sql`create index of_the_erp_products on products (brand)`.execute(db)
  await sql`create view of_the_erp_brands as select distinct brand from products`.execute(db)
  t.strictSame(await schemaDifferences(db), [])
})

t.test('each difference is told in words', async (t) => {
  const { db } = await testDatabase(t)
  const statements = [
    'drop table tds_audit_trail',
    'drop view v_products_catalog, v_stock_by_warehouse',
    'create view v_stock_by_warehouse as select zoho_item_id, brand, synced_at::text from inventory_items join products using (zoho_item_id, synced_at)',
    'alter table products drop column sku cascade, drop column image_url',
    'alter table products alter column unit_price type float8, alter column name set not null',
    'alter table tds_alerts alter column status drop default',
    'alter table tds_inbox_events drop constraint tds_inbox_events_status_check',
    'drop index idx_products_modified',
    'drop index idx_products_zoho_item_id',
    'create index idx_products_zoho_item_id on products (zoho_item_id)',
    'drop index idx_products_category',
    'create index idx_products_category on products (zoho_category_id)',
    'alter table tds_sync_queue detach partition tds_sync_queue_done',
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
  const found = await schemaDifferences(db)
  for (const words of [
    'table tds_audit_trail is missing',
    'view v_products_catalog is missing',
    'view v_stock_by_warehouse lacks column warehouse (text)',
    'column synced_at of view v_stock_by_warehouse is "text" instead of "timestamptz"',
    'table products lacks column sku (text null)',
    'table products lacks column image_url (text null)',
    'column unit_price of table products is "float8 null" instead of "numeric null"',
    'column name of table products is "text" instead of "text null"',
    'column status of table tds_inbox_events is "text default" instead of "text in received|promoted|duplicate|parked default"',
    'table tds_sync_queue lacks its partition tds_sync_queue_done',
    'index idx_products_modified is missing: products (zoho_last_modified_at)',
    'index idx_products_zoho_item_id is "products (zoho_item_id)" instead of "unique products (zoho_item_id)"',
    'index idx_products_category is "products (zoho_category_id)" instead of "products (zoho_category_id) where (zoho_category_id IS NOT NULL)"',
  ]) {
    t.ok(found.includes(words), words)
  }
  t.match(
    found.find((words) => words.includes('tds_alerts')),
    /^column status of table tds_alerts is "text in .*acknowledged.*" instead of ".* default"$/,
  )
})

t.test('an empty database lacks every table', async (t) => {
  const { db } = await testDatabase(t)
  await sql`drop schema public cascade`.execute(db)
  await sql`create schema public`.execute(db)
  const found = await schemaDifferences(db)
  t.ok(found.includes('table products is missing'))
  t.ok(found.includes('index idx_products_image_url is missing: products (image_url) where (image_url IS NOT NULL)'))
})
