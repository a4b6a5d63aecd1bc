import t from 'tap'
import { sql } from '../../../db/index.ts'
import type { EntityReport, VerifyOptions, VerifyReport } from '../../../src/sync/index.ts'
import { type Service, startService } from '../../helpers/service.ts'
import { mirrorAll } from './mirror.ts'

let service: Service

t.before(async () => {
  service = await startService(t, { simulator: { items: 40 } })
  await mirrorAll(service)
})

const verify = (options: Partial<VerifyOptions> = {}): Promise<VerifyReport> =>
  service.ctx.verify.run({ signal: AbortSignal.timeout(60_000), ...options })

function reportOf(report: VerifyReport, entity: string): EntityReport {
  const found = report.entities.find((each) => each.entity === entity)
  if (!found) throw new Error(`no report of ${entity}`)
  return found
}

const found = (report: VerifyReport) =>
  report.entities.flatMap(({ entity, differences }) =>
    differences.map(({ kind, source_entity_id }) => `${entity}: ${kind} ${source_entity_id}`),
  )

const findings = (report: VerifyReport) =>
  report.entities.flatMap(({ entity, findings: each }) =>
    each.map(({ check, severity, source_entity_id }) => `${entity}: ${check} ${severity} ${source_entity_id}`),
  )

async function oneId(query: ReturnType<typeof sql>): Promise<string> {
  const { rows } = await sql<{ id: string }>`${query}`.execute(service.db)
  if (!rows[0]) throw new Error('no such row')
  return rows[0].id
}

async function verifiedThrough(entity: string): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`
    select verified_through as at from tds_sync_cursors where entity_type = ${entity}`.execute(service.db)
  return rows[0]?.at ?? null
}

t.test('every field of every record is equal, and the mirror contradicts itself nowhere', async (t) => {
  const report = await verify({ everyField: true })
  t.strictSame(found(report), [])
  t.strictSame(findings(report), [])
  t.equal(report.ok, true)
  for (const { entity, source, here, listed, detailed, values, pending, details_due } of report.entities) {
    t.match({ pending, details_due }, { pending: 0, details_due: 0 }, entity)
    const { list, read, lane } = service.ctx.entities.get(entity)
    if (lane === 'image') continue
    t.equal(source, here, `${entity}: as many here as in Zoho`)
    if (list) t.equal(listed, here, `${entity}: all list rows`)
    if (list && read?.kind !== 'list') t.equal(detailed, here, `${entity}: all details`)
    t.ok(values > 0, entity)
  }
  const { customers } = Object.fromEntries(report.entities.map((each) => [each.entity, each]))
  t.ok((customers?.arabic.name_ar?.source ?? 0) > 20, 'Arabic names of customers are counted')
  t.equal(customers?.arabic.name_ar?.source, customers?.arabic.name_ar?.here)
})

t.test('a sample reads twenty details of each entity, and all where they are few', async (t) => {
  service.simulator.control.calls.reset()
  const report = await verify({ sample: 5 })
  t.strictSame(found(report), [])
  t.equal(reportOf(report, 'customers').detailed, 5)
  t.equal(reportOf(report, 'invoices').detailed, 5)
  t.equal(reportOf(report, 'pricing_lists').detailed, reportOf(report, 'pricing_lists').here)
  const { total, byPurpose } = service.simulator.control.calls.report()
  t.equal(report.calls, total, 'every call is told')
  t.equal(byPurpose['invoices detail'], 5)
  service.simulator.control.calls.reset()
  await verify({ sample: 0 })
  t.match(service.simulator.control.calls.report().byPurpose, {
    'invoices detail': undefined,
    'pricebooks detail': undefined,
  })
})

t.test('details that cost a call each are read eight at once', async (t) => {
  const { faults, calls } = service.simulator.control
  const hold = faults.set({ kind: 'hold', purpose: 'invoices detail' })
  const running = verify({ entityTypes: ['invoices'], everyField: true })
  await faults.waiting(hold, 8)
  t.equal(calls.report().inFlight, 8)
  faults.clear(hold)
  t.equal((await running).ok, true)
})

t.test('what is planted in lines, allocations, prices and the columns of a second source is found', async (t) => {
  const [invoice, payment, list, order] = await Promise.all([
    oneId(sql`select zoho_invoice_id as id from invoice_items order by 1 limit 1`),
    oneId(sql`select zoho_payment_id as id from customer_payment_allocations order by 1 limit 1`),
    oneId(sql`select zoho_pricebook_id as id from product_prices where not computed order by 1 limit 1`),
    oneId(sql`select zoho_salesorder_id as id from sales_orders order by 1 limit 1`),
  ])
  const changes = [
    sql`update invoice_items set item_total = item_total + 1 where zoho_invoice_id = ${invoice}`,
    sql`update customer_payment_allocations set amount_applied = amount_applied + 1 where zoho_payment_id = ${payment}`,
    sql`delete from product_prices where zoho_pricebook_id = ${list}`,
    sql`update sales_orders set quantity_packed = 4711 where zoho_salesorder_id = ${order}`,
  ]
  for (const change of changes) await change.execute(service.db)
  const report = await verify({ everyField: true })
  t.strictSame(found(report).toSorted(), [
    `customer_payments: fields ${payment}`,
    `invoices: fields ${invoice}`,
    `pricing_lists: fields ${list}`,
    `sales_orders_inventory: fields ${order}`,
  ])
  t.match(reportOf(report, 'invoices').differences[0]?.fields?.[0], { table: 'invoice_items', column: 'item_total' })
  t.ok(findings(report).includes(`invoices: sub_total error ${invoice}`), 'its lines do not add up any more')
  t.ok(findings(report).includes(`customer_payments: allocation error ${payment}`))
  t.equal(report.ok, false)
  await mirrorAgain()
})

/** Writes everything as it is in Zoho, whatever the rows claim to be. */
async function mirrorAgain(): Promise<void> {
  const lines = ['invoice_items', 'customer_payment_allocations', 'product_prices']
  for (const table of [
    'invoices',
    'customer_payments',
    'pricing_lists',
    'sales_orders',
    'customers',
    'suppliers',
    ...lines,
  ])
    await sql`update ${sql.table(table)} set hashes = '{}'`.execute(service.db)
  await mirrorAll(service)
}

t.test(
  'a record whose detail is due is compared by its list row, and pending when every field is asked for',
  async (t) => {
    const id = await oneId(sql`select zoho_invoice_id as id from invoice_items order by 1 limit 1`)
    await sql`update invoices set detail_due = true, sub_total = null where zoho_invoice_id = ${id}`.execute(service.db)
    await sql`delete from invoice_items where zoho_invoice_id = ${id}`.execute(service.db)
    const before = await verifiedThrough('invoices')
    const all = await verify({ entityTypes: ['invoices'], everyField: true })
    t.strictSame([...found(all), ...findings(all)], [])
    t.match(reportOf(all, 'invoices'), { details_due: 1, pending: 1, difference_count: 0 })
    t.equal(reportOf(all, 'invoices').detailed, reportOf(all, 'invoices').here - 1)
    t.strictSame(await verifiedThrough('invoices'), before, 'nothing is proven of its lines')
    const sampled = await verify({ entityTypes: ['invoices'], sample: 100 })
    t.match(reportOf(sampled, 'invoices'), { details_due: 1, pending: 0 })
    t.not((await verifiedThrough('invoices'))?.getTime(), before?.getTime(), 'its list row is proven')
    await sql`update invoices set total = total + 1 where zoho_invoice_id = ${id}`.execute(service.db)
    t.strictSame(found(await verify({ entityTypes: ['invoices'] })), [`invoices: fields ${id}`])
    await mirrorAgain()
  },
)

t.test('a contact that became a supplier is one too many here and one missing there', async (t) => {
  const { records } = service.simulator.control
  const { rows } = await sql<{ id: string }>`
    select zoho_contact_id as id from customers c
    where not exists (select from invoices where zoho_customer_id = c.zoho_contact_id) order by 1 limit 1`.execute(
    service.db,
  )
  const id = rows[0]?.id ?? ''
  records.change('contacts', id, { contact_type: 'vendor' }, { silent: true })
  const report = await verify({ entityTypes: ['customers', 'suppliers'] })
  t.strictSame(found(report).toSorted(), [`customers: extra ${id}`, `suppliers: missing ${id}`])
  records.change('contacts', id, { contact_type: 'customer' }, { silent: true })
  t.strictSame(found(await verify({ entityTypes: ['customers', 'suppliers'], everyField: true })), [])
})

t.test('a record that is gone at the source is extra, in its own source only', async (t) => {
  const { records } = service.simulator.control
  const id = records.create('salesorders', { customer_id: records.ids('contacts')[0] ?? '' }).id
  await mirrorAll(service)
  records.delete('salesorders', id, { silent: true })
  const names = ['sales_orders', 'sales_orders_inventory']
  const report = await verify({ entityTypes: names, everyField: true })
  t.strictSame(found(report), [`sales_orders: extra ${id}`])
  t.equal(reportOf(report, 'sales_orders_inventory').cleared, 0, 'the other did not even suspect it')
  await sql`update sales_orders set deleted_at = now() where zoho_salesorder_id = ${id}`.execute(service.db)
  await sql`update sales_order_items set deleted_at = now() where zoho_salesorder_id = ${id}`.execute(service.db)
  t.strictSame(found(await verify({ entityTypes: names, everyField: true })), [])
})

t.test('one document that Zoho does not give is told, and hides nothing of the others', async (t) => {
  const id = await oneId(sql`select zoho_invoice_id as id from invoices order by 1 limit 1`)
  const fault = service.simulator.control.faults.set({
    kind: 'json-code',
    path: `/books/v3/invoices/${id}`,
    code: 9999,
  })
  const before = await verifiedThrough('invoices')
  const report = await verify({ entityTypes: ['invoices'], everyField: true })
  service.simulator.control.faults.clear(fault)
  t.strictSame(found(report), [])
  t.strictSame(findings(report), [`invoices: unread error ${id}`])
  t.match(reportOf(report, 'invoices').findings[0]?.found, /^ZOHO_/)
  t.equal(reportOf(report, 'invoices').detailed, reportOf(report, 'invoices').here - 1)
  t.equal(report.ok, false)
  t.strictSame(await verifiedThrough('invoices'), before)
})

t.test('a record that the list shows and its own call does not know is extra', async (t) => {
  const id = await oneId(sql`select zoho_invoice_id as id from invoices order by 1 limit 1`)
  const path = `/books/v3/invoices/${id}`
  const fault = service.simulator.control.faults.set({ kind: 'json-code', status: 404, code: 1002, path })
  const report = await verify({ entityTypes: ['invoices'], everyField: true })
  service.simulator.control.faults.clear(fault)
  t.strictSame(found(report), [`invoices: extra ${id}`])
})

t.test('an entity that Zoho refuses is told, proves nothing, and the others are compared', async (t) => {
  const fault = service.simulator.control.faults.set({
    kind: 'json-code',
    status: 400,
    code: 2,
    path: '/books/v3/bills',
  })
  const before = await verifiedThrough('bills')
  const report = await verify({ entityTypes: ['invoices', 'bills'] })
  service.simulator.control.faults.clear(fault)
  t.match(reportOf(report, 'bills'), { unread: { code: 'ZOHO_BAD_REQUEST' }, difference_count: 0 })
  t.notOk(reportOf(report, 'invoices').unread)
  t.equal(reportOf(report, 'invoices').detailed, 20)
  t.equal(report.ok, false)
  t.strictSame(await verifiedThrough('bills'), before)
})

t.test('what the list shows again as it is here is no difference', async (t) => {
  const { faults, records } = service.simulator.control
  const [id = ''] = records.ids('invoices')
  const reference = records.get('invoices', id).fields.reference_number ?? ''
  records.change('invoices', id, { reference_number: 'for a moment' }, { silent: true })
  const hold = faults.set({ kind: 'hold', purpose: 'invoices list', after: 1 })
  const running = verify({ entityTypes: ['invoices'], sample: 0 })
  await faults.waiting(hold, 1)
  records.change('invoices', id, { reference_number: reference }, { silent: true })
  faults.clear(hold)
  const report = await running
  t.strictSame(found(report), [])
  t.equal(reportOf(report, 'invoices').cleared, 1)
})

t.test('what a report says is stored, findings counted', async (t) => {
  await sql`update credit_notes set total_credits_used = total_credits_used + 1`.execute(service.db)
  const report = await verify({ entityTypes: ['credit_notes'], sample: 0 })
  const { rows } = await sql`
    select differences, pending, findings, finding_errors, report from tds_verify_reports order by id desc limit 1`.execute(
    service.db,
  )
  const stored = reportOf(report, 'credit_notes')
  t.ok(stored.finding_errors > 0)
  t.match(rows, [
    {
      differences: 0,
      pending: 0,
      findings: stored.finding_count,
      finding_errors: stored.finding_errors,
      report: stored,
    },
  ])
  const { rows: left } = await sql`select from tds_verify_seen`.execute(service.db)
  t.equal(left.length, 0, 'what lists showed is forgotten')
})
