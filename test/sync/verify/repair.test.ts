import t, { type Test } from 'tap'
import { sql } from '../../../db/index.ts'
import type { VerifyReport } from '../../../src/sync/index.ts'
import { type Service, startService } from '../../helpers/service.ts'
import { mirrorAll } from './mirror.ts'

let service: Service

t.before(async () => {
  service = await startService(t, { simulator: { items: 40 } })
  await mirrorAll(service)
})

const verify = (repair = false): Promise<VerifyReport> =>
  service.ctx.verify.run({ everyField: true, repair, signal: AbortSignal.timeout(60_000) })

const found = (report: VerifyReport) =>
  report.entities.flatMap(({ entity, differences }) =>
    differences.map(({ kind, source_entity_id }) => `${entity}: ${kind} ${source_entity_id}`),
  )

const orphans = (report: VerifyReport) =>
  report.entities.flatMap(({ entity, findings }) =>
    findings
      .filter(({ check, severity }) => check === 'orphan' && severity === 'error')
      .map(({ expected, found: instead }) => `${entity}: ${expected}, ${instead}`),
  )

/** Sees that exactly what was planted is found, has it repaired, and sees that everything is equal and whole again. */
async function heal(t: Test, expected: readonly string[], expectedOrphans: readonly string[] = []): Promise<void> {
  const report = await verify(true)
  t.strictSame(found(report).toSorted(), expected.toSorted(), 'what was planted is found')
  t.strictSame([...new Set(orphans(report))].toSorted(), expectedOrphans.toSorted())
  t.ok(report.entities.reduce((sum, each) => sum + each.requeued, 0) > 0, 'and asked for')
  await service.ctx.verify.repaired(report, AbortSignal.timeout(30_000))
  await service.quiet()
  const again = await verify()
  t.strictSame(found(again), [], 'nothing differs after the repair')
  t.equal(again.ok, true, 'and nothing contradicts itself')
  t.ok(
    again.entities.every(({ pending }) => pending === 0),
    'and nothing is left to be read',
  )
}

async function oneId(query: ReturnType<typeof sql>): Promise<string> {
  const { rows } = await sql<{ id: string }>`${query}`.execute(service.db)
  if (!rows[0]) throw new Error('no such row')
  return rows[0].id
}

t.test('lines that are missing, too many or wrong are made what the document says', async (t) => {
  const { rows } = await sql<{ id: string }>`
    select zoho_invoice_id as id from invoice_items group by 1 having count(*) > 1 order by 1 limit 3`.execute(
    service.db,
  )
  const [missing = '', extra = '', wrong = ''] = rows.map(({ id }) => id)
  await sql`
    delete from invoice_items where zoho_invoice_id = ${missing} and position = 1`.execute(service.db)
  await sql`
    insert into invoice_items (zoho_invoice_id, zoho_line_item_id) values (${extra}, '#9')`.execute(service.db)
  await sql`update invoice_items set rate = rate + 1, name = null where zoho_invoice_id = ${wrong}`.execute(service.db)
  await heal(
    t,
    [missing, extra, wrong].map((id) => `invoices: fields ${id}`),
  )
})

t.test('what only the columns of a second source have lost comes back from that source', async (t) => {
  const order = await oneId(sql`select zoho_salesorder_id as id from sales_orders order by 1 limit 1`)
  const item = await oneId(sql`select zoho_item_id as id from products where deleted_at is null order by 1 limit 1`)
  await sql`
    update sales_order_items set quantity_packed = 4711 where zoho_salesorder_id = ${order}`.execute(service.db)
  await sql`update products set purchase_account_name = 'None' where zoho_item_id = ${item}`.execute(service.db)
  await heal(t, [`products_books: fields ${item}`, `sales_orders_inventory: fields ${order}`])
})

t.test('a document that is missing comes back with its lines, and with those who name it', async (t) => {
  const id = await oneId(sql`select zoho_invoice_id as id from customer_payment_allocations order by 1 limit 1`)
  await sql`delete from invoices where zoho_invoice_id = ${id}`.execute(service.db)
  await heal(t, [`invoices: missing ${id}`], [`customer_payments: invoices ${id}, no row`])
  const { rows } = await sql`
    select from customer_payment_allocations where zoho_invoice_id = ${id} and invoice_id is null`.execute(service.db)
  t.equal(rows.length, 0, 'the payments point to it again')
})

t.test('values of list rows are healed by the list row itself', async (t) => {
  const id = await oneId(sql`select zoho_contact_id as id from customers order by 1 limit 1`)
  await sql`
    update customers set outstanding_receivable_amount = 4711, phone = 'none', zoho_last_modified_at = '2999-01-01'
    where zoho_contact_id = ${id}`.execute(service.db)
  // The detail of a price list does not tell when it was modified.
  const list = await oneId(sql`select zoho_pricebook_id as id from pricing_lists order by 1 limit 1`)
  await sql`update pricing_lists set zoho_last_modified_at = '2999-01-01' where zoho_pricebook_id = ${list}`.execute(
    service.db,
  )
  await heal(t, [`customers: fields ${id}`, `pricing_lists: fields ${list}`])
})

t.test('prices and allocations that were lost are read again', async (t) => {
  const list = await oneId(
    sql`select zoho_pricebook_id as id from product_prices where not computed order by 1 limit 1`,
  )
  const payment = await oneId(sql`select zoho_payment_id as id from vendor_payment_allocations order by 1 limit 1`)
  await sql`delete from product_prices where zoho_pricebook_id = ${list}`.execute(service.db)
  await sql`
    update vendor_payment_allocations set amount_applied = 0.01 where zoho_payment_id = ${payment}`.execute(service.db)
  await heal(t, [`pricing_lists: fields ${list}`, `vendor_payments: fields ${payment}`])
})

t.test('links that were lost are made again, of documents, lines and stock', async (t) => {
  const invoice = await oneId(sql`select zoho_invoice_id as id from invoice_items where product_id is not null limit 1`)
  const item = await oneId(sql`select zoho_item_id as id from inventory_items where product_id is not null limit 1`)
  await sql`update invoices set customer_id = null where zoho_invoice_id = ${invoice}`.execute(service.db)
  await sql`update invoice_items set product_id = null where zoho_invoice_id = ${invoice}`.execute(service.db)
  await sql`update inventory_items set product_id = null where zoho_item_id = ${item}`.execute(service.db)
  const report = await verify(true)
  t.strictSame(found(report), [], 'by their values they are equal')
  t.ok(orphans(report).every((each) => each.endsWith('no link')) && orphans(report).length > 2)
  t.equal(report.ok, false)
  await service.ctx.verify.repaired(report, AbortSignal.timeout(30_000))
  await service.quiet()
  t.strictSame(orphans(await verify()), [])
})

t.test('a contact that changed its kind moves to the other table', async (t) => {
  const { records } = service.simulator.control
  const id = await oneId(sql`
    select zoho_contact_id as id from customers c
    where not exists (select from invoices where zoho_customer_id = c.zoho_contact_id)
      and not exists (select from sales_orders where zoho_customer_id = c.zoho_contact_id)
      and not exists (select from customer_payments where zoho_customer_id = c.zoho_contact_id)
      and not exists (select from credit_notes where zoho_customer_id = c.zoho_contact_id) order by 1 limit 1`)
  records.change('contacts', id, { contact_type: 'vendor' }, { silent: true })
  await heal(t, [`customers: extra ${id}`, `suppliers: missing ${id}`])
})
