import t from 'tap'
import { sql } from '../../db/index.ts'
import { createFindings } from '../../src/sync/index.ts'
import { startService, until } from '../helpers/service.ts'
import { amount } from '../simulator/index.ts'
import type { Fields, Json } from '../simulator/json.ts'
import { ask, eventually, openAlerts, rowOf, rowsOf } from './setup.ts'

const service = await startService(t, { simulator: { items: 60 } })
const { db, simulator, sync } = service
const { records, faults } = simulator.control

const linesOf = (fields: Fields): readonly Fields[] => (fields.pricebook_items ?? []) as readonly Fields[]
const books = records.ids('pricebooks').map((id) => records.get('pricebooks', id))
const unit = (currency: string) =>
  books.find(
    ({ fields }) => fields.currency_code === currency && linesOf(fields).length > 0 && fields.status !== 'inactive',
  )?.id ?? ''
const dinar = unit('IQD')
const dollar = unit('USD')

/** Lays lines over a list, as somebody edits it in Zoho, where its modification time stays. */
const edit = (list: string, change: (lines: readonly Fields[]) => readonly Json[]) =>
  records.change('pricebooks', list, { pricebook_items: [...change(linesOf(records.get('pricebooks', list).fields))] })

/** What whoever shows prices reads. */
const catalog = (id: string) =>
  rowsOf(
    db,
    sql`select price_list, zoho_pricebook_id as list, price, price_currency_code as currency
      from v_products_catalog where zoho_item_id = ${id} and price is not null order by 2`,
  )

t.before(async () => {
  for (const name of ['warehouses', 'categories', 'products', 'pricing_lists']) await sync('full', name)
})

t.test('I5: what the list in dinars does not price has no price there; dollars never take its place', async (t) => {
  const [line] = linesOf(records.get('pricebooks', dinar).fields)
  const id = String(line?.item_id)
  records.change('items', id, { rate: amount('1.00'), status: 'active' })
  edit(dinar, (lines) => lines.filter(({ item_id }) => item_id !== id))
  await sync('incremental', 'products')
  await sync('sweep', 'pricing_lists')
  t.match(await rowOf(db, sql`select unit_price, currency_code from products where zoho_item_id = ${id}`), {
    unit_price: '1.00',
    currency_code: 'USD',
  })
  const left = await catalog(id)
  t.notOk(
    left.some(({ list }) => list === dinar),
    'hidden from those who sell by that list',
  )
  edit(dinar, (lines) => [...lines, { ...line, pricebook_rate: 1500 } as Fields])
  await sync('sweep', 'pricing_lists')
  t.match(
    (await catalog(id)).filter(({ list }) => list === dinar),
    [{ price: '1500', currency: 'IQD' }],
  )
})

t.test('I5: a dollar amount that somebody types into the dinar list is found', async (t) => {
  const [line] = linesOf(records.get('pricebooks', dinar).fields)
  edit(dinar, ([first, ...others]) => [{ ...first, pricebook_rate: 1 } as Fields, ...others])
  await sync('sweep', 'pricing_lists')
  const findings = createFindings({ ...service.ctx, db, damagedImages: async () => [] })
  await findings.validate({ actor: 'test', signal: AbortSignal.timeout(20_000) })
  const { items } = await findings.list({ limit: 100, rule: 'iqd_price_bounds' })
  t.match(items, [{ source_entity_id: dinar, found: '1 IQD' }])
  edit(dinar, ([first, ...others]) => [{ ...first, pricebook_rate: line?.pricebook_rate } as Fields, ...others])
})

t.test('I5: every price says its currency, and it is that of its list', async (t) => {
  const found = await rowsOf(
    db,
    sql`select l.currency_code as list, p.currency_code as price, count(*) as n
      from product_prices p join pricing_lists l using (zoho_pricebook_id) group by 1, 2 order by 1`,
  )
  t.ok(found.length > 1, 'lists in more than one currency')
  for (const { list, price } of found) t.equal(price, list)
  await t.rejects(
    sql`insert into product_prices (zoho_pricebook_id, zoho_item_id, price) values ('1', '2', 3)`.execute(db),
  )
})

t.test(
  'I14: without a single SKU every price line still finds its item, and one without an item is kept',
  async (t) => {
    for (const id of records.ids('items')) records.change('items', id, { sku: '' })
    const nowhere = '9999999999999999999'
    await sync('incremental', 'products')
    edit(dollar, (lines) => [...lines, { ...lines[0], item_id: nowhere, pricebook_rate: 5 } as Fields])
    await sync('sweep', 'pricing_lists')
    t.match(await rowOf(db, sql`select count(sku) as skus from products`), { skus: 0 })
    for (const { id, fields } of books) {
      const lines = linesOf(records.get('pricebooks', id).fields)
      const found = await rowOf(
        db,
        sql`select count(distinct zoho_item_id) as items, count(distinct zoho_item_id) filter (where product_id is null) as unmatched
        from product_prices where zoho_pricebook_id = ${id} and not computed`,
      )
      t.match(found, { items: lines.length, unmatched: id === dollar ? 1 : 0 }, String(fields.name))
    }
    await until(
      db,
      'the item was asked for',
      sql`select exists (select from tds_sync_queue where source_entity_id = ${nowhere} and outcome = 'skipped')`,
    )
    const report = await service.ctx.verify.run({
      entityTypes: ['pricing_lists'],
      signal: AbortSignal.timeout(20_000),
    })
    t.match(
      report.entities.flatMap(({ findings }) => findings),
      [{ check: 'orphan', source_entity_id: dollar, expected: `products ${nowhere}` }],
      'and reported',
    )
  },
)

t.test('I15: a price that moved in Zoho is what is read, from the one table that holds prices', async (t) => {
  const [line] = linesOf(records.get('pricebooks', dinar).fields)
  const id = String(line?.item_id)
  edit(dinar, ([first, ...others]) => [{ ...first, pricebook_rate: 64_000 } as Fields, ...others])
  await sync('sweep', 'pricing_lists')
  t.match(
    (await catalog(id)).filter(({ list }) => list === dinar),
    [{ price: '64000' }],
  )
  const holders = await rowsOf(
    db,
    sql`select table_name from information_schema.columns
      where table_schema = current_schema() and column_name in ('price', 'pricebook_rate') order by 1`,
  )
  t.match(holders, [{ table_name: 'product_prices' }, { table_name: 'v_products_catalog' }])
})

t.test('I15: an answer without lists or without lines empties no price', async (t) => {
  const prices = () => rowOf(db, sql`select count(*) as n from product_prices where deleted_at is null`)
  const before = await prices()
  const reply = (body: object) => ({ kind: 'reply', status: 200, body: JSON.stringify({ code: 0, ...body }) }) as const
  for (const empty of [{}, { pricebooks: [] }]) {
    faults.set({ ...reply(empty), purpose: 'pricebooks list' })
    await sync('full', 'pricing_lists')
    faults.clear()
    t.same(await prices(), before, JSON.stringify(empty))
  }
  const { fields } = records.get('pricebooks', dinar)
  const { pricebook_items: _, ...rest } = fields
  faults.set({ ...reply({ pricebook: { ...rest, pricebook_id: dinar } }), path: `/books/v3/pricebooks/${dinar}` })
  await sync('sweep', 'pricing_lists')
  faults.clear()
  t.same(await prices(), before, 'a list that does not speak of its lines')
})

t.test('I15: a list whose answer holds no lines any more keeps its prices until a person has looked', async (t) => {
  const living = () =>
    rowOf(
      db,
      sql`select count(*) as n, (select name from pricing_lists where zoho_pricebook_id = ${dinar}) = 'Renamed' as renamed
        from product_prices where zoho_pricebook_id = ${dinar} and deleted_at is null`,
    )
  const letters = () =>
    rowsOf(db, sql`select source_entity_id, error_code from tds_dead_letter_queue where not resolved order by 1`)
  const before = await living()
  t.ok(Number(before.n) >= 20, 'enough prices to be missed')
  const lines = linesOf(records.get('pricebooks', dinar).fields)
  edit(dinar, () => [])
  records.change('pricebooks', dinar, { name: 'Renamed' })
  await sync('sweep', 'pricing_lists')
  t.match(await living(), { n: before.n }, 'no price went')
  t.match(await letters(), [{ source_entity_id: dinar, error_code: 'MASS_CHANGE' }])
  const alert = (await openAlerts(service)).get('mass-change:set:product_prices')
  t.match(alert, { severity: 'critical', message: /^all \d+ rows of product_prices of record \d+ would be removed/ })
  const health = await eventually(
    db,
    'health says so',
    async () => (await ask(service, '/api/tds/health')).json as { reasons: readonly { code: string; words: string }[] },
    ({ reasons }) => reasons.some(({ code }) => code === 'run_held'),
  )
  t.match(
    health.reasons.find(({ code }) => code === 'run_held'),
    { words: /product_prices/, runbook: /#held-runs$/ },
  )

  edit(dinar, () => [...lines])
  await sync('sweep', 'pricing_lists')
  t.same(await letters(), [], 'whole again, and taken without a word of anybody')
  t.match(await living(), { n: before.n, renamed: true })
  t.notOk((await openAlerts(service)).has('mass-change:set:product_prices'))

  edit(dinar, () => [])
  await sync('sweep', 'pricing_lists')
  t.equal((await letters()).length, 1, 'held once more')
  const request = { mode: 'full', entities: ['pricing_lists'], accept_mass_change: true, reason: 'that list is closed' }
  const started = await ask(service, '/api/tds/syncs', {
    method: 'POST',
    body: JSON.stringify(request),
    headers: { 'content-type': 'application/json' },
  })
  t.equal(started.status, 202, JSON.stringify(started.json))
  await until(
    db,
    'the accepted run has ended',
    sql`select exists (select from tds_sync_runs where accepts_mass_change and status = 'settled')`,
  )
  t.match(await living(), { n: 0 }, 'gone, because a person said so')
  t.same(await letters(), [])
  t.notOk((await openAlerts(service)).has('mass-change:set:product_prices'))
  edit(dinar, () => [...lines])
  await sync('sweep', 'pricing_lists')
})

t.test('I15: answers without the places of stock take a fifth of them at most', async (t) => {
  await sync('full', 'inventory_items')
  // What the items' own full run has just read is not read again.
  await sql`update tds_sync_runs set settled_at = settled_at - interval '2 hours' where entity_type = 'products'`.execute(
    db,
  )
  const places = () => rowOf(db, sql`select count(*) as n from inventory_items where deleted_at is null`)
  const before = await places()
  t.ok(Number(before.n) >= 100, 'enough of them')
  const items = records.ids('items').map((item_id) => ({ item_id, locations: [] }))
  faults.set({
    kind: 'reply',
    status: 200,
    body: JSON.stringify({ code: 0, message: 'success', items }),
    path: '/inventory/v1/itemdetails',
  })
  const { failed } = await sync('full', 'inventory_items')
  t.ok(failed > 50, `${failed} of 60 items were held`)
  faults.clear()
  t.same(await places(), before)
  t.match((await openAlerts(service)).get('mass-change:set:inventory_items'), {
    severity: 'critical',
    message: /rows of inventory_items would be removed within an hour.*and \d+ more records/,
  })
})
