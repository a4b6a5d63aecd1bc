import t from 'tap'
import { sql } from '../../db/index.ts'
import { tableOf } from '../../src/entities/index.ts'
import { startService } from '../helpers/service.ts'
import { simulatorCredentials } from '../simulator/index.ts'
import type { Fields } from '../simulator/json.ts'
import { ask, eventually, openAlerts, rowOf, rowsOf } from './setup.ts'

const service = await startService(t, { simulator: { items: 50 } })
const { db, simulator, sync, ctx } = service
const { records, faults } = simulator.control
const ids = records.ids('items')

interface Statistics {
  readonly time: string
  readonly counted_at: string
  readonly entities: Readonly<Record<string, unknown>>
}

/** The first page of the items as Zoho would answer it now. */
async function itemsList(): Promise<{ items: Fields[] }> {
  const { clientId, clientSecret, refreshToken } = simulatorCredentials
  const form = {
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  }
  const granted = await fetch(`${simulator.accountsUrl}/oauth/v2/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })
  const { access_token } = (await granted.json()) as { access_token: string }
  const path = `/inventory/v1/items?organization_id=${simulator.organizationId}&per_page=200`
  const headers = { authorization: `Zoho-oauthtoken ${access_token}` }
  return (await (await fetch(simulator.apiUrl + path, { headers })).json()) as { items: Fields[] }
}

/** What the next reading of the list is answered: the rows as they are, changed. */
async function answerItems(change: (row: Fields) => Fields): Promise<void> {
  const page = await itemsList()
  const body = JSON.stringify({ ...page, items: page.items.map(change) })
  faults.set({ kind: 'reply', purpose: 'items list', status: 200, body })
}

const stock = () =>
  rowsOf(
    db,
    sql`select zoho_item_id as id, stock_on_hand, available_stock, actual_available_stock from products order by 1`,
  )

t.test('I25: what is called synced has rows, and every entity says how many and how fresh they are', async (t) => {
  faults.set({ kind: 'missing-list-key', purpose: 'contacts list' })
  t.match(await sync('full', 'suppliers'), { status: 'incomplete', written: 0 })
  faults.clear()
  const freshness = async () =>
    ((await ask(service, '/api/tds/health')).json as { last_sync: Record<string, string | null> }).last_sync
  t.match(await freshness(), { suppliers: null }, 'nothing was read, so nothing is fresh')
  for (const { name } of ctx.entities.list()) await sync('full', name, { since: new Date(0) })
  const done = new Date().toISOString()
  const { entities } = await eventually(
    db,
    'the rows were counted',
    async () => (await ask(service, '/api/tds/statistics')).json as Statistics,
    ({ counted_at, time }) => counted_at > done && time > done,
  )
  const synced = await freshness()
  for (const entity of ctx.entities.list()) {
    const { name } = entity
    const { live } = await rowOf(
      db,
      sql`select count(*) as live from ${sql.table(tableOf(entity))} where deleted_at is null`,
    )
    t.ok(Number(live) > 0, `${name} has rows`)
    t.match(entities[name], { rows: { live }, last_run: { status: 'settled' }, last_24h: { failed: 0 } }, name)
    t.match(synced[name], /^20/, `${name} is fresh`)
  }
})

t.test('I13: a stock field that is absent from the list leaves the stock as it is', async (t) => {
  const before = await stock()
  t.ok(before.some(({ stock_on_hand }) => Number(stock_on_hand) > 0))
  await answerItems(({ stock_on_hand: _, available_stock: __, actual_available_stock: ___, ...row }) => ({
    ...row,
    name: `${row.name} again`,
  }))
  t.match(await sync('full', 'products'), { status: 'settled', written: 50 })
  faults.clear()
  t.same(await stock(), before)
})

t.test('I13: a run in which the stock of many turns to zero is held, and told', async (t) => {
  const [locationId = ''] = records.ids('locations')
  for (const id of ids) records.setStock(id, { locationId, onHand: 7, committed: 0 })
  t.match(await sync('full', 'products'), { status: 'settled', failed: 0 })
  const before = await stock()
  await answerItems((row) => ({ ...row, stock_on_hand: 0, available_stock: 0, actual_available_stock: 0 }))
  t.match(await sync('full', 'products'), { status: 'held', error_code: 'MASS_CHANGE', written: 0 })
  faults.clear()
  t.same(await stock(), before)
  t.match((await openAlerts(service)).get('mass-change:products'), { severity: 'critical' })
})

t.test('I16: what is compared with Zoho is the table that is read', async (t) => {
  await sync('full', 'products', { acceptMassChange: true })
  const verify = async () => {
    const report = await ctx.verify.run({ entityTypes: ['products'], sample: 0, signal: AbortSignal.timeout(20_000) })
    return report.entities[0]
  }
  t.match(await verify(), { source: 50, here: 50, difference_count: 0 })
  const [id = ''] = ids
  await sql`update products set name = 'Not what Zoho says' where zoho_item_id = ${id}`.execute(db)
  t.match(await verify(), {
    here: 50,
    difference_count: 1,
    differences: [{ kind: 'fields', source_entity_id: id, fields: [{ column: 'name', here: 'Not what Zoho says' }] }],
  })
})

t.test('I17: a blank number is null and one that cannot be read is noted; neither fails its record', async (t) => {
  const [first = '', second = ''] = ids
  for (const id of ids) records.change('items', id, { reorder_level: '' })
  records.change('items', second, { name: 'Kept all the same', reorder_level: 'about ten', purchase_rate: '' })
  t.match(await sync('incremental', 'products'), { status: 'settled', failed: 0 })
  const found = (id: string) =>
    rowOf(db, sql`select name, reorder_level, cost_price, field_errors from products where zoho_item_id = ${id}`)
  t.match(await found(first), { reorder_level: null, field_errors: null })
  t.match(await found(second), { name: 'Kept all the same', cost_price: null, field_errors: { reorder_level: String } })
  t.match(await rowOf(db, sql`select count(*) as letters from tds_dead_letter_queue`), { letters: 0 })
})

t.test('I27: texts of any length arrive whole, and no column sets a limit to one', async (t) => {
  const [id = ''] = ids
  const [contact = ''] = records.ids('contacts', ({ fields }) => fields.contact_type === 'customer')
  const long = { sku: 'كيبل 10/100, % '.repeat(20).trim(), name: 'n'.repeat(3000), description: 'd'.repeat(60_000) }
  const phone = '+964 (0) 770 123 4567 / +964 (0) 780 123 4567 ext. 89'
  records.change('items', id, long)
  records.change('contacts', contact, { phone, mobile: phone })
  await sync('incremental', 'products')
  await sync('incremental', 'customers')
  t.match(await rowOf(db, sql`select sku, name, description from products where zoho_item_id = ${id}`), long)
  t.match(await rowOf(db, sql`select phone, mobile from customers where zoho_contact_id = ${contact}`), {
    phone,
    mobile: phone,
  })
  const limited = await rowsOf(
    db,
    sql`select table_name, column_name from information_schema.columns
      where table_schema = current_schema() and character_maximum_length is not null
        and table_name not like 'tds\\_migrations%'`,
  )
  t.same(limited, [])
})
