import t, { type Test } from 'tap'
import { type Db, sql } from '../../../db/index.ts'
import { type Entity, loadEntities } from '../../../src/entities/index.ts'
import { enqueue } from '../../../src/queue/index.ts'
import { findContradictions, repairOrphans } from '../../../src/sync/verify/findings.ts'
import { createTally, type Tally, toReport } from '../../../src/sync/verify/tally.ts'
import { testDatabase } from '../../helpers/database.ts'
import { insert, insertAll, knowCurrencies } from './documents.ts'

const entities = await loadEntities()
const now = new Date().toISOString()

async function setUp(t: Test): Promise<Db> {
  const { db } = await testDatabase(t)
  await knowCurrencies(db)
  return db
}

async function judge(db: Db, name: string): Promise<Tally> {
  const tally = createTally(name, now)
  await findContradictions({ db }, entities.get(name), tally)
  return tally
}

const briefly = ({ findings }: Tally) =>
  findings.map(({ check, severity, source_entity_id, expected, found }) =>
    [check, severity, source_entity_id, expected, found].join(' | '),
  )

/** An invoice with one line, both complete but for what they name. */
async function plantInvoice(db: Db): Promise<void> {
  await insert(db, 'invoices', { zoho_invoice_id: '1', zoho_customer_id: '50', detail_due: false, status: 'sent' })
  await insert(db, 'invoice_items', { zoho_invoice_id: '1', zoho_line_item_id: '11', zoho_item_id: '70' })
}

t.test('a parent that was never seen is an error, of lines as of documents', async (t) => {
  const db = await setUp(t)
  await plantInvoice(db)
  const tally = await judge(db, 'invoices')
  t.strictSame(briefly(tally), [
    'orphan | error | 1 | customers 50 | no row',
    'orphan | error | 1 | products 70 | no row',
  ])
  t.match(tally, { findingCount: 2, findingErrors: 2 })
  t.match(tally.findings[1]?.message, 'invoice_items.zoho_item_id names products 70, which was never seen')
})

t.test('a parent that waits in the queue is no orphan’s', async (t) => {
  const db = await setUp(t)
  await plantInvoice(db)
  await sql`insert into tds_sync_queue_live (entity_type, source_entity_id) values ('customers', '50')`.execute(db)
  t.strictSame(briefly(await judge(db, 'invoices')), ['orphan | error | 1 | products 70 | no row'])
})

t.test('a parent that was deleted in Zoho, or that Zoho does not have, is worth a warning', async (t) => {
  const db = await setUp(t)
  await plantInvoice(db)
  await insert(db, 'customers', { zoho_contact_id: '50', deleted_at: now })
  await sql`
    insert into tds_sync_queue (entity_type, source_entity_id, status, outcome)
    values ('products', '70', 'completed', 'skipped')`.execute(db)
  const tally = await judge(db, 'invoices')
  t.strictSame(briefly(tally), [
    'orphan | warning | 1 | customers 50 | a tombstone',
    'orphan | warning | 1 | products 70 | no row',
  ])
  t.match(tally, { findingCount: 2, findingErrors: 0 })
  t.match(tally.findings[1]?.message, 'which Zoho does not have')
})

t.test('a row that does not point to the parent that is here is an error', async (t) => {
  const db = await setUp(t)
  await plantInvoice(db)
  await insert(db, 'customers', { zoho_contact_id: '50' })
  await insert(db, 'products', { zoho_item_id: '70' })
  t.strictSame(briefly(await judge(db, 'invoices')), [
    'orphan | error | 1 | customers 50 | no link',
    'orphan | error | 1 | products 70 | no link',
  ])
  await sql`update invoices set customer_id = (select id from customers)`.execute(db)
  await sql`update invoice_items set product_id = (select id from products)`.execute(db)
  t.strictSame(briefly(await judge(db, 'invoices')), [])
})

t.test('deleted rows name nobody, and rows of a set are told by their owner', async (t) => {
  const db = await setUp(t)
  await plantInvoice(db)
  await sql`update invoices set deleted_at = now()`.execute(db)
  await sql`update invoice_items set deleted_at = now()`.execute(db)
  t.strictSame(briefly(await judge(db, 'invoices')), [])
  await insert(db, 'products', { zoho_item_id: '70' })
  await insert(db, 'inventory_items', { zoho_item_id: '70', zoho_location_id: '90' })
  await sql`update inventory_items set product_id = (select id from products)`.execute(db)
  t.strictSame(briefly(await judge(db, 'inventory_items')), ['orphan | error | 70 | warehouses 90 | no row'])
})

t.test('values that could not be read are shown as warnings, those of lines with their document', async (t) => {
  const db = await setUp(t)
  await insert(db, 'products', { zoho_item_id: '1', field_errors: '{"unit_price":"expected a number, got \\"ten\\""}' })
  await insert(db, 'products', { zoho_item_id: '2', field_errors: '{"name":"x"}', deleted_at: now })
  await insert(db, 'invoice_items', {
    zoho_invoice_id: '8',
    zoho_line_item_id: '11',
    field_errors: '{"quantity":"expected a number, got a list"}',
  })
  const products = await judge(db, 'products')
  t.strictSame(briefly(products), [
    'field_error | warning | 1 | a value that fits products.unit_price | expected a number, got "ten"',
  ])
  t.match(products, { findingCount: 1, findingErrors: 0 })
  t.match(briefly(await judge(db, 'invoices')), [
    'field_error | warning | 8 | a value that fits invoice_items.quantity | expected a number, got a list',
  ])
  t.strictSame(briefly(await judge(db, 'products_books')), [], 'a second source shows none of its own')
})

t.test('the checks of an entity are asked, but not about what the queue is about to change', async (t) => {
  const db = await setUp(t)
  const wrong = { currency_code: 'USD', sub_total: '5', total: '9', tax_total: '0', detail_due: false, status: 'draft' }
  await insertAll(db, 'invoices', [
    { zoho_invoice_id: '1', ...wrong },
    { zoho_invoice_id: '2', ...wrong },
  ])
  await sql`insert into tds_sync_queue_live (entity_type, source_entity_id) values ('invoices', '2')`.execute(db)
  const tally = await judge(db, 'invoices')
  t.strictSame(briefly(tally), [
    'sub_total | error | 1 | 0.00 USD | 5.00 USD',
    'total | error | 1 | 5.00 USD | 9.00 USD',
  ])
  t.match(tally.findings[1]?.message, 'total = sub_total')
})

t.test('a report counts all findings and lists a thousand, errors first', async (t) => {
  const db = await setUp(t)
  await sql`
    insert into invoices (zoho_invoice_id, zoho_customer_id, detail_due)
    select 'a' || n, 'nobody' || n, true from generate_series(1, 1200) n`.execute(db)
  await sql`insert into invoices (zoho_invoice_id, field_errors) values ('0', '{"total":"odd"}')`.execute(db)
  const tally = await judge(db, 'invoices')
  const report = toReport(tally, now)
  t.match(report, { finding_count: 1201, finding_errors: 1200 })
  t.equal(report.findings.length, 1000)
  t.ok(report.findings.every(({ severity }) => severity === 'error'))
})

t.test('a repair asks for parents that nobody asked for, and for records that lost their link', async (t) => {
  const db = await setUp(t)
  await plantInvoice(db)
  await insert(db, 'customers', { zoho_contact_id: '50' })
  await sql`update invoices set hashes = '{"list":"a","detail":"b"}'`.execute(db)
  await sql`update invoice_items set hashes = '{"detail":"b"}'`.execute(db)
  const tally = createTally('invoices', now)
  await repairOrphans({ db, enqueue, wake: () => {}, entities }, entities.get('invoices'), tally)
  const { rows } = await sql`
    select entity_type, source_entity_id, lane from tds_sync_queue_live order by 1, 2`.execute(db)
  t.strictSame(rows, [
    { entity_type: 'invoices', source_entity_id: '1', lane: 'read' },
    { entity_type: 'products', source_entity_id: '70', lane: 'read' },
  ])
  t.strictSame(toReport(tally, now).requeued, 2)
  const { rows: hashes } = await sql`
    select i.hashes as own, l.hashes as line from invoices i join invoice_items l using (zoho_invoice_id)`.execute(db)
  t.strictSame(hashes, [{ own: { list: null, detail: null }, line: {} }], 'the writer will not take it for known')
})

t.test('every check of every entity runs on an empty mirror', async (t) => {
  const db = await setUp(t)
  const withChecks = entities.list().filter(({ checks = [] }: Entity) => checks.length > 0)
  t.ok(withChecks.length >= 9)
  for (const { name } of entities.list()) t.strictSame(briefly(await judge(db, name)), [], name)
})
