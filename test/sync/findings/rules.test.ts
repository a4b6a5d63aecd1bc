import t from 'tap'
import { sql } from '../../../db/index.ts'
import { insert, insertAll } from '../verify/documents.ts'
import { age, startValidator } from './setup.ts'

const now = new Date().toISOString()
const good = { name: 'Cable', currency_code: 'USD', unit_price: '2.5' }

t.test('no price is below zero, of products as of price lists', async (t) => {
  const { db, validate, open, findings } = await startValidator(t)
  await insertAll(db, 'products', [
    { zoho_item_id: '1', ...good },
    { zoho_item_id: '2', ...good, unit_price: '-2.50' },
    { zoho_item_id: '3', ...good, cost_price: '-1' },
    { zoho_item_id: '4', ...good, unit_price: '-2', deleted_at: now },
  ])
  const price = { zoho_pricebook_id: '9', currency_code: 'USD', start_quantity: '1' }
  await insertAll(db, 'product_prices', [
    { ...price, zoho_item_id: '1', price: '-4' },
    { ...price, zoho_item_id: '2', price: '-4', computed: true },
    { ...price, zoho_item_id: '3', price: '4' },
  ])
  t.match(await validate('negative_price'), { found: 3, opened: 3, rules: [{ error: null, truncated: false }] })
  t.strictSame(await open('negative_price'), [
    'error | pricing_lists | 9 | product_prices.price 1 1 | 0 or more | -4',
    'error | products | 2 | unit_price | 0 or more | -2.50',
    'error | products | 3 | cost_price | 0 or more | -1',
  ])
  t.match(await findings.list({ source_entity_id: '1', limit: 9 }), { total: 1 }, 'a price is found by its item')
})

t.test('no stock on hand is below zero, by product and by place', async (t) => {
  const { db, validate, open } = await startValidator(t)
  await insertAll(db, 'products', [
    { zoho_item_id: '1', ...good, stock_on_hand: '-3' },
    { zoho_item_id: '2', ...good, stock_on_hand: '0', available_stock: '-7' },
  ])
  await insertAll(db, 'inventory_items', [
    { zoho_item_id: '1', zoho_location_id: '70', stock_on_hand: '-3' },
    { zoho_item_id: '1', zoho_location_id: '71', stock_on_hand: '3' },
  ])
  await validate('negative_stock')
  t.strictSame(await open('negative_stock'), [
    'warning | inventory_items | 1 | inventory_items.stock_on_hand 70 | 0 or more | -3',
    'warning | products | 1 | stock_on_hand | 0 or more | -3',
  ])
})

t.test('a dinar price below the smallest note or beyond all measure is implausible; nothing is no price', async (t) => {
  const { db, validate, open, findings } = await startValidator(t)
  const price = { zoho_pricebook_id: '9', currency_code: 'IQD', start_quantity: '1' }
  await insertAll(db, 'product_prices', [
    { ...price, zoho_item_id: '1', price: '12.5' },
    { ...price, zoho_item_id: '2', price: '0' },
    { ...price, zoho_item_id: '3', price: '250' },
    { ...price, zoho_item_id: '4', price: '100000001' },
    { ...price, zoho_item_id: '5', price: '12.5', currency_code: 'USD' },
  ])
  await validate('iqd_price_bounds')
  t.strictSame(await open('iqd_price_bounds'), [
    'warning | pricing_lists | 9 | product_prices.price 1 1 | 250 to 100000000 IQD | 12.5 IQD',
    'warning | pricing_lists | 9 | product_prices.price 4 1 | 250 to 100000000 IQD | 100000001 IQD',
  ])
  const by = { reason: 'we sell screws', actor: 'test' }
  await findings.settings.set('iqd_price', { value: { min: 10, max: 200_000_000 }, ...by })
  t.match(await validate('iqd_price_bounds'), { found: 0, resolved: 2 })
})

t.test('a dinar price goes with the dollar price of the item, its own or that of its dollar lists', async (t) => {
  const { db, validate, open } = await startValidator(t)
  await insertAll(db, 'products', [
    { zoho_item_id: '1', ...good, unit_price: '300' },
    { zoho_item_id: '2', ...good, unit_price: '300' },
    { zoho_item_id: '3', ...good, unit_price: null },
    { zoho_item_id: '4', ...good, unit_price: null },
    { zoho_item_id: '5', ...good, unit_price: '2' },
  ])
  const iqd = { zoho_pricebook_id: '9', currency_code: 'IQD', start_quantity: '1' }
  const usd = { ...iqd, zoho_pricebook_id: '8', currency_code: 'USD' }
  await insertAll(db, 'product_prices', [
    { ...iqd, zoho_item_id: '1', price: '400000' },
    { ...iqd, zoho_item_id: '2', price: '300' },
    { ...iqd, zoho_item_id: '3', price: '5000000' },
    { ...usd, zoho_item_id: '3', price: '2.00' },
    { ...iqd, zoho_item_id: '4', price: '300' },
    { ...iqd, zoho_item_id: '5', price: '3380000' },
  ])
  await validate('iqd_usd_ratio')
  t.strictSame(await open('iqd_usd_ratio'), [
    'warning | pricing_lists | 9 | product_prices.price 2 1 | about 390000 IQD (300 USD) | 300 IQD',
    'warning | pricing_lists | 9 | product_prices.price 3 1 | about 2600 IQD (2 USD) | 5000000 IQD',
    'warning | pricing_lists | 9 | product_prices.price 5 1 | about 2600 IQD (2 USD) | 3380000 IQD',
  ])
})

t.test('every price and every total has its currency', async (t) => {
  const { db, validate, open } = await startValidator(t)
  await insertAll(db, 'products', [
    { zoho_item_id: '1', ...good },
    { zoho_item_id: '2', ...good, currency_code: null },
    { zoho_item_id: '3', ...good, currency_code: null, unit_price: '0' },
  ])
  await insert(db, 'invoices', { zoho_invoice_id: '5', total: '10.00', currency_code: ' ', detail_due: false })
  await validate('price_without_currency')
  t.strictSame(await open('price_without_currency'), [
    'error | invoices | 5 | total | a currency | 10.00 of nothing',
    'error | products | 2 | unit_price | a currency | 2.5 of nothing',
  ])
})

t.test('no two active products have the same SKU, however it is written', async (t) => {
  const { db, validate, open } = await startValidator(t)
  await insertAll(db, 'products', [
    { zoho_item_id: '1', ...good, sku: 'A-1' },
    { zoho_item_id: '2', ...good, sku: ' a-1' },
    { zoho_item_id: '3', ...good, sku: 'A-1', is_active: false },
    { zoho_item_id: '4', ...good, sku: 'A-2' },
    { zoho_item_id: '5', ...good, sku: 'A-2', deleted_at: now },
    { zoho_item_id: '6', ...good, sku: '' },
    { zoho_item_id: '7', ...good, sku: '' },
  ])
  await validate('duplicate_sku')
  t.strictSame(await open('duplicate_sku'), [
    'error | products | 1 | sku | one active record with it | A-1, 2 times, 1 to 2',
    'error | products | 2 | sku | one active record with it |  a-1, 2 times, 1 to 2',
  ])
})

t.test('what has a name has one that can be read; lines may go without', async (t) => {
  const { db, validate, open } = await startValidator(t)
  await insertAll(db, 'products', [
    { zoho_item_id: '1', ...good, name: ' \t' },
    { zoho_item_id: '2', ...good, name: 'کەیبڵ' },
  ])
  await insert(db, 'customers', { zoho_contact_id: '3' })
  await insert(db, 'invoice_items', { zoho_invoice_id: '5', zoho_line_item_id: '1' })
  await validate('blank_name')
  t.strictSame(await open('blank_name'), [
    'warning | customers | 3 | name | a name | nothing',
    'warning | products | 1 | name | a name | blanks',
  ])
})

t.test('orphans are told once they have waited for long; those of the deleted are only worth knowing', async (t) => {
  const { db, validate, open } = await startValidator(t)
  await insert(db, 'invoices', { zoho_invoice_id: '1', zoho_customer_id: '50', detail_due: false, status: 'sent' })
  await insert(db, 'invoices', { zoho_invoice_id: '2', zoho_customer_id: '51', detail_due: false, status: 'sent' })
  await insert(db, 'customers', { zoho_contact_id: '51', name: 'x', deleted_at: now })
  await validate('orphan')
  t.strictSame(await open('orphan'), [], 'the parent may be on its way')
  await age(db, 'invoices')
  await validate('orphan')
  t.strictSame(await open('orphan'), [
    'error | invoices | 1 | invoices.zoho_customer_id customers 50 | customers 50 | no row',
    'info | invoices | 2 | invoices.zoho_customer_id customers 51 | customers 51 | a tombstone',
  ])
})

t.test('totals, unreadable values and pictures that are gone are findings of their rules, too', async (t) => {
  const { db, validate, open, damaged } = await startValidator(t)
  const wrong = { currency_code: 'USD', sub_total: '5', total: '9', tax_total: '0', detail_due: false, status: 'draft' }
  await insert(db, 'invoices', { zoho_invoice_id: '1', ...wrong })
  await insert(db, 'invoices', { zoho_invoice_id: '2', ...wrong, total: '5', field_errors: '{"balance":"odd"}' })
  damaged.push('77')
  await validate()
  t.strictSame(await open('total'), ['error | invoices | 1 |  | 5.00 USD | 9.00 USD'])
  t.strictSame(await open('field_error'), [
    'warning | invoices | 2 | invoices.balance | a value that fits invoices.balance | odd',
  ])
  t.strictSame(await open('image_file'), ['error | product_images | 77 |  | that file | none, or other bytes'])
})

t.test('every rule can be asked of an empty mirror, and says what must hold', async (t) => {
  const { db, validate, findings } = await startValidator(t)
  const { rules, found } = await validate()
  t.equal(found, 0)
  t.ok(rules.length >= 16, `${rules.length} rules`)
  for (const { rule, error } of rules) t.equal(error, null, rule)
  t.equal(new Set(findings.rules.map(({ code }) => code)).size, findings.rules.length)
  for (const { code, says } of findings.rules) t.ok(says.length > 15, code)
  const { rows } = await sql`select from tds_findings`.execute(db)
  t.equal(rows.length, 0)
})
