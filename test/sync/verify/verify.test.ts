import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { sql } from '../../../db/index.ts'
import type { Difference, EntityReport, VerifyOptions, VerifyReport } from '../../../src/sync/index.ts'
import { type Service, startService } from '../../helpers/service.ts'

let service: Service

t.before(async () => {
  service = await startService(t, { simulator: { items: 40 } })
  await service.syncAll()
  await service.quiet()
})

const verify = (options: Partial<VerifyOptions> = {}): Promise<VerifyReport> =>
  service.ctx.verify.run({ signal: AbortSignal.timeout(60_000), ...options })

function reportOf(report: VerifyReport, entity: string): EntityReport {
  const found = report.entities.find((each) => each.entity === entity)
  if (!found) throw new Error(`no report of ${entity}`)
  return found
}

/** Everything that differs, as `entity: kind id`. */
const found = (report: VerifyReport) =>
  report.entities.flatMap(({ entity, differences }) =>
    differences.map(({ kind, source_entity_id }) => `${entity}: ${kind} ${source_entity_id}`),
  )

async function anItem(where = 'true'): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select zoho_item_id as id from products where deleted_at is null and ${sql.raw(where)} order by zoho_item_id limit 1`.execute(
    service.db,
  )
  return rows[0]?.id ?? ''
}

/** Plants something, sees that exactly it is found, repairs it and sees that nothing differs any more. */
async function plantAndHeal(
  t: Test,
  expected: readonly string[],
  { requeued = expected.length, ...options }: Partial<VerifyOptions> & { requeued?: number } = {},
) {
  const first = await verify({ ...options, repair: true })
  t.strictSame(found(first).toSorted(), expected.toSorted(), 'exactly what was planted is found')
  t.equal(first.ok, false)
  t.equal(
    first.entities.reduce((sum, each) => sum + each.requeued, 0),
    requeued,
    'all of it is enqueued',
  )
  await service.ctx.verify.repaired(first, AbortSignal.timeout(30_000))
  await service.quiet()
  const second = await verify({ everyField: true })
  t.strictSame(found(second), [], 'nothing differs after the repair')
  return first
}

const fieldsOf = (report: VerifyReport, entity: string): Difference['fields'] =>
  reportOf(report, entity).differences[0]?.fields

t.test('a fresh mirror has no differences, and the report says what was compared', async (t) => {
  const report = await verify()
  t.strictSame(found(report), [])
  t.equal(report.ok, true)
  t.match(reportOf(report, 'products'), { source: 40, here: 40, listed: 40, detailed: 20, cleared: 0, pending: 0 })
  t.ok(reportOf(report, 'products').values > 40 * 15, 'values were compared')
  t.match(reportOf(report, 'inventory_items'), { source: null, listed: 0, detailed: 20 })
  const { name_ar: arabic } = reportOf(report, 'products').arabic
  t.ok((arabic?.source ?? 0) > 0 && arabic?.source === arabic?.here, 'Arabic names are all here')
  const expected = service.simulator.control.images.expected()
  t.match(reportOf(report, 'product_images'), {
    pictures: {
      at_source: expected.withImage,
      by_status: { present: expected.good, broken: expected.broken, refused: expected.refused },
      files_read: expected.good,
    },
  })
})

t.test('a report is stored and an equal entity is verified through its start', async (t) => {
  const { rows } = await sql<{ entity_type: string; verified: boolean; stored: number }>`
    select c.entity_type, c.verified_through >= r.started_at as verified, (r.report ->> 'difference_count')::int as stored
    from tds_sync_cursors c
    join lateral (select * from tds_verify_reports v where v.entity_type = c.entity_type order by id desc limit 1) r on true
    order by 1`.execute(service.db)
  t.equal(rows.length, service.ctx.entities.list().length)
  for (const row of rows) t.match(row, { verified: true, stored: 0 }, row.entity_type)
})

t.test('every record can be compared instead of a sample', async (t) => {
  const report = await verify({ everyField: true })
  t.match(reportOf(report, 'products'), { detailed: 40 })
  t.equal(
    reportOf(report, 'inventory_items').source,
    reportOf(report, 'inventory_items').here,
    'stock rows are counted',
  )
})

t.test('a missing row is found and healed', async (t) => {
  const id = await anItem("item_type <> 'inventory' and image_name is null")
  await sql`delete from products where zoho_item_id = ${id}`.execute(service.db)
  // What the second source had filled is gone with the row.
  await plantAndHeal(t, [`products: missing ${id}`, `products_books: missing ${id}`])
})

t.test('a row of a record that Zoho does not have is found and gets its tombstone', async (t) => {
  await sql`
    insert into products (zoho_item_id, name, zoho_read_at) values ('9999999999999999999', 'Ghost', now() - interval '1 day')`.execute(
    service.db,
  )
  await plantAndHeal(t, ['products: extra 9999999999999999999'])
  const { rows } = await sql<{ gone: boolean }>`
    select deleted_at is not null and not is_active as gone from products where name = 'Ghost'`.execute(service.db)
  t.strictSame(rows, [{ gone: true }])
})

t.test('a record that lives at the source and is deleted here is found and comes back', async (t) => {
  const id = await anItem('image_name is null')
  await sql`update products set deleted_at = now(), is_active = false where zoho_item_id = ${id}`.execute(service.db)
  await plantAndHeal(t, [`products: tombstone ${id}`])
})

t.test('a changed value is found with both sides, whatever its hash says', async (t) => {
  const id = await anItem()
  await sql`update products set unit_price = 0.01, name_ar = 'خطأ' where zoho_item_id = ${id}`.execute(service.db)
  const report = await plantAndHeal(t, [`products: fields ${id}`])
  t.strictSame(
    fieldsOf(report, 'products')
      ?.map(({ column }) => column)
      .toSorted(),
    ['name_ar', 'unit_price'],
  )
  t.match(
    fieldsOf(report, 'products')?.find(({ column }) => column === 'unit_price'),
    { here: 0.01 },
  )
})

t.test('a row that claims to be newer than its source is healed, too', async (t) => {
  const id = await anItem()
  await sql`
    update products set name = 'From the future', zoho_last_modified_at = '2999-01-01' where zoho_item_id = ${id}`.execute(
    service.db,
  )
  await plantAndHeal(t, [`products: fields ${id}`])
})

t.test('a change outside the typed columns is found by the hash', async (t) => {
  const [id = ''] = service.simulator.control.records.ids('items')
  await service.sync('full', 'products')
  await service.quiet()
  service.simulator.control.records.change('items', id, { part_number: 'P-1' }, { silent: true })
  await plantAndHeal(t, [`products: document ${id}`], { sample: 0 })
})

t.test('an entity without details of its own is compared by its list', async (t) => {
  await sql`update warehouses set name = 'Nowhere' where is_primary`.execute(service.db)
  const { rows } = await sql<{ id: string }>`select zoho_location_id as id from warehouses where is_primary`.execute(
    service.db,
  )
  await plantAndHeal(t, [`warehouses: fields ${rows[0]?.id}`])
})

t.test('stock by location: a wrong figure, a missing and an extra row are differences of their item', async (t) => {
  const { rows } = await sql<{ id: string }>`
    select distinct zoho_item_id as id from inventory_items where deleted_at is null order by 1 limit 3`.execute(
    service.db,
  )
  const [wrong, missing, extra] = rows.map(({ id }) => id)
  await sql`update inventory_items set stock_on_hand = 4711 where zoho_item_id = ${wrong}`.execute(service.db)
  await sql`delete from inventory_items where zoho_item_id = ${missing} and ctid = (
    select min(ctid) from inventory_items where zoho_item_id = ${missing})`.execute(service.db)
  await sql`insert into inventory_items (zoho_item_id, zoho_location_id) values (${extra}, '1')`.execute(service.db)
  const expected = [wrong, missing, extra].map((id) => `inventory_items: fields ${id}`)
  // The extra row names a place that is not here: that is asked for, too.
  const report = await plantAndHeal(t, expected, { everyField: true, requeued: 4 })
  const ofWrong = reportOf(report, 'inventory_items').differences.find((each) => each.source_entity_id === wrong)
  t.match(ofWrong?.fields?.[0], { column: 'stock_on_hand', here: 4711, key: /^\d+$/ })
})

t.test('image files: a missing and a damaged one are found and fetched again, a lost fact as well', async (t) => {
  const { rows } = await sql<{ id: string; file: string }>`
    select zoho_item_id as id, file_name as file from product_images where status = 'present' order by 1 limit 3`.execute(
    service.db,
  )
  const [gone, damaged, forgotten] = rows
  const folder = service.config.images.dir
  await rm(join(folder, gone?.file ?? ''))
  await writeFile(join(folder, damaged?.file ?? ''), 'not what it was')
  await sql`delete from product_images where zoho_item_id = ${forgotten?.id}`.execute(service.db)
  await plantAndHeal(t, [
    `product_images: file ${gone?.id}`,
    `product_images: file ${damaged?.id}`,
    `product_images: picture ${forgotten?.id}`,
  ])
})

t.test('a record that only the bulk read leaves out is not taken for deleted', async (t) => {
  const id = await anItem()
  await sql`update products set name = 'Wrong' where zoho_item_id = ${id}`.execute(service.db)
  const fault = service.simulator.control.faults.set({
    kind: 'reply',
    purpose: 'items bulk',
    status: 200,
    contentType: 'application/json',
    body: '{"code":0,"message":"success","items":[]}',
  })
  const report = await verify({ entityTypes: ['products'], sample: 0 })
  service.simulator.control.faults.clear(fault)
  t.strictSame(found(report), [`products: fields ${id}`])
  await plantAndHeal(t, [`products: fields ${id}`])
})

t.test('only the named entities are compared', async (t) => {
  const report = await verify({ entityTypes: ['categories'] })
  t.strictSame(
    report.entities.map(({ entity }) => entity),
    ['categories'],
  )
  t.equal(report.calls, 1)
  await t.rejects(verify({ entityTypes: ['nonsense'] }), { code: 'ENTITY_UNKNOWN' })
})

t.test('what is equal when it is read again at once is no difference', async (t) => {
  const { faults, records } = service.simulator.control
  const [, id = ''] = records.ids('items')
  const name = records.get('items', id).fields.name ?? ''
  records.change('items', id, { name: 'For a moment' }, { silent: true })
  const hold = faults.set({ kind: 'hold', purpose: 'items bulk' })
  const running = verify({ entityTypes: ['products'], sample: 0 })
  await faults.waiting(hold, 1)
  records.change('items', id, { name }, { silent: true })
  faults.clear(hold)
  const report = await running
  t.strictSame(found(report), [])
  t.equal(reportOf(report, 'products').cleared, 1)
})

t.test('what the queue already works on is pending, and nothing is proven meanwhile', async (t) => {
  const id = await anItem()
  await sql`update products set name = 'Late' where zoho_item_id = ${id}`.execute(service.db)
  await sql`
    insert into tds_sync_queue_live (entity_type, source_entity_id, run_at)
    values ('products', ${id}, now() + interval '1 hour')`.execute(service.db)
  const before = await verifiedThrough()
  const report = await verify({ entityTypes: ['products'] })
  t.match(reportOf(report, 'products'), { difference_count: 0, pending: 1 })
  t.strictSame(await verifiedThrough(), before)
  await sql`delete from tds_sync_queue_live`.execute(service.db)
  await plantAndHeal(t, [`products: fields ${id}`])
})

async function verifiedThrough(): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date }>`
    select verified_through as at from tds_sync_cursors where entity_type = 'products'`.execute(service.db)
  return rows[0]?.at
}
