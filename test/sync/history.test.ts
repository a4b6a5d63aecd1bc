import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { boundOf, type Run } from '../../src/sync/index.ts'
import { type Service, startService, until } from '../helpers/service.ts'

/** Six months before the simulated present. */
const since = new Date('2025-04-01T00:00:00Z')

async function syncAll({ ctx, sync }: Service): Promise<readonly Run[]> {
  const runs: Run[] = []
  for (const { name } of ctx.entities.list()) runs.push(await sync('full', name, { since }))
  return runs
}

const invoices = async (db: Db) =>
  (
    await sql<{ young: number; young_due: number; old: number; old_due: number; bare: number }>`
      select count(*) filter (where date >= ${since}::date) as young,
        count(*) filter (where date >= ${since}::date and detail_due) as young_due,
        count(*) filter (where date < ${since}::date) as old,
        count(*) filter (where date < ${since}::date and detail_due) as old_due,
        count(*) filter (where not exists (select from invoice_items l where l.invoice_id = i.id)) as bare
      from invoices i where deleted_at is null`.execute(db)
  ).rows[0]

/** Calls of each entity beside its bound, pictures aside: what is broken at the source is asked for twice. */
async function compareCalls({ db, ctx }: Service, runs: readonly Run[]) {
  const { rows } = await sql<{ entity: string; calls: number }>`
    select split_part(purpose, '.', 1) as entity, count(*) as calls from tds_zoho_calls group by 1`.execute(db)
  const used = new Map(rows.map(({ entity, calls }) => [entity, calls]))
  const compared = runs.filter(({ entity_type }) => entity_type !== 'product_images')
  return compared.map(({ entity_type, listed, details }) => ({
    entity: entity_type,
    used: used.get(entity_type) ?? 0,
    bound: boundOf(ctx.entities.get(entity_type), { records: listed, due: details }).calls,
  }))
}

t.test('headers and the documents of six months first, then the history, each in the fewest calls', async (t) => {
  const service = await startService(t, { simulator: { items: 60 } })
  const { db, ctx, sync, quiet } = service
  const first = await syncAll(service)
  await quiet()
  t.strictSame(new Set(first.map(({ status }) => status)), new Set(['settled']))
  for (const { entity, used, bound } of await compareCalls(service, first)) t.equal(used, bound, entity)
  const young = await invoices(db)
  t.match(young, { young_due: 0 })
  t.ok(young && young.young > 3 && young.old > 10 && young.old_due === young.old && young.bare === young.old)

  for (const { name } of ctx.entities.list().filter(({ details }) => details?.when === 'changed'))
    t.match(await sync('backfill', name), { status: 'settled', failed: 0 }, name)
  await quiet()
  t.match(await invoices(db), { old_due: 0, bare: 0 })
  t.strictSame(
    (await ctx.planner.plan()).entities.filter(({ pending }) => pending > 0),
    [],
  )

  await sql`delete from tds_zoho_calls`.execute(db)
  const second = await syncAll(service)
  await quiet()
  t.equal(
    second.reduce((sum, { written, failed }) => sum + written + failed, 0),
    0,
    'nothing had changed',
  )
  for (const { entity, used, bound } of await compareCalls(service, second)) t.equal(used, bound, `${entity} again`)
})

t.test('an edit found by an incremental run brings its document at once, however old it is', async (t) => {
  const { db, sync, simulator } = await startService(t, { simulator: { items: 60 } })
  await sync('full', 'invoices', { since })
  const due = await sql<{ id: string }>`
    select zoho_invoice_id as id from invoices where detail_due order by date limit 1`.execute(db)
  const id = due.rows[0]?.id ?? ''
  simulator.control.records.change('invoices', id, { reference_number: 'R-1' })
  t.match(await sync('incremental', 'invoices'), { status: 'settled', strategy: 'filter' })
  await until(db, 'its document is read', sql`select not detail_due from invoices where zoho_invoice_id = ${id}`)
  const { rows } = await sql`
    select reference_number, exists (select from invoice_items l where l.invoice_id = i.id) as lines
    from invoices i where zoho_invoice_id = ${id}`.execute(db)
  t.match(rows, [{ reference_number: 'R-1', lines: true }])
})

t.test('where nothing can be asked for, the whole list is compared and only what differs is read', async (t) => {
  const { db, sync, simulator } = await startService(t, { simulator: { items: 60 } })
  for (const name of ['customer_payments', 'credit_notes']) await sync('full', name, { since })
  const [id = ''] = simulator.control.records.ids('customerpayments')
  simulator.control.records.change('customerpayments', id, { reference_number: 'R-1' })
  t.match(await sync('incremental', 'customer_payments'), { status: 'settled', strategy: 'list', written: 1 })
  await until(
    db,
    'its document is read',
    sql`select not detail_due from customer_payments where zoho_payment_id = ${id}`,
  )
  t.match(await sync('incremental', 'credit_notes'), { status: 'settled', strategy: 'list', written: 0 })
  t.match(
    (await sql`select entity_type, parameter, honoured from tds_filter_tests order by 1`.execute(db)).rows,
    [{ entity_type: 'credit_notes', parameter: 'last_modified_time', honoured: false }],
    'the filter that nobody promised was tested first',
  )
})
