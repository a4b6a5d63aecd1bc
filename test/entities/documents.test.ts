import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { type ChildSet, type Entity, type JsonObject, loadEntities, tableOf } from '../../src/entities/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { type FixtureDocument, readFixture } from './fixture.ts'
import { rowsOf, snapshot, write } from './writing.ts'

const entities = await loadEntities()
const names = [
  ...['sales_orders', 'purchase_orders', 'invoices', 'bills', 'credit_notes'],
  ...['customer_payments', 'vendor_payments', 'stock_adjustments', 'stock_transfers'],
]

for (const entity of names.map(entities.get)) {
  t.test(
    `${entity.name}: each document of its fixture becomes its rows, and the same again changes nothing`,
    async (t) => {
      for (const fixture of (await readFixture(entity.name)).documents) {
        const { db } = await testDatabase(t)
        const { view, document, about } = fixture
        t.match(await write(db, entity, view, [document]), [{ outcome: 'written', change: 'inserted' }], about)
        t.strictSame(await stored(db, entity, fixture), said(fixture), about)
        const before = await everything(db, entity)
        t.match(await write(db, entity, view, [document]), [{ outcome: 'unchanged' }], `${about}, again`)
        t.strictSame(await everything(db, entity), before, `${about}, again`)
      }
    },
  )
}

for (const entity of ['bills', 'vendor_payments'].map(entities.get)) {
  t.test(`${entity.name}: a list row and the detail behind it do not write after each other`, async (t) => {
    const { db } = await testDatabase(t)
    const { documents } = await readFixture(entity.name)
    for (const { view, document } of documents)
      t.match(await write(db, entity, view, [document]), [{ outcome: 'written' }], view)
    t.match(await rowsOf(db, entity.name, 'detail_due'), [{ detail_due: false }], 'the detail was read')
    const before = await everything(db, entity)
    for (const { view, document } of documents)
      t.match(await write(db, entity, view, [document]), [{ outcome: 'unchanged' }], `${view}, again`)
    t.strictSame(await everything(db, entity), before)
  })
}

t.test('the lines of a document are replaced as a set', async (t) => {
  const { db } = await testDatabase(t)
  const lines = ['zoho_line_item_id', 'position', 'quantity'] as const
  await write(db, entities.get('invoices'), 'detail', [
    invoice(1, { line_item_id: '11', quantity: 1 }, { line_item_id: '12', quantity: 2 }),
    invoice(2, { line_item_id: '21', quantity: 9 }),
  ])
  await write(db, entities.get('invoices'), 'detail', [
    invoice(1, { line_item_id: '12', quantity: 3 }, { quantity: 4 }, { quantity: 5 }),
  ])
  t.strictSame(await rowsOf(db, 'invoice_items', ...lines), [
    { zoho_line_item_id: '#2', position: 2, quantity: '4' },
    { zoho_line_item_id: '#3', position: 3, quantity: '5' },
    { zoho_line_item_id: '12', position: 1, quantity: '3' },
    { zoho_line_item_id: '21', position: 1, quantity: '9' },
  ])
  await write(db, entities.get('invoices'), 'list', [{ invoice_id: '1', total: 7, last_modified_time: later }])
  t.equal((await rowsOf(db, 'invoice_items', ...lines)).length, 4, 'a list row does not speak of lines')
  t.match(await rowsOf(db, 'invoices', 'zoho_invoice_id', 'detail_due'), [
    { zoho_invoice_id: '1', detail_due: true },
    { zoho_invoice_id: '2', detail_due: false },
  ])
  t.match(
    await db.selectFrom('invoice_items').select('zoho_data').execute(),
    [{ zoho_data: { quantity: 9 } }],
    'the line',
  )
})

t.test('a changed document asks for the stock of the items its lines name, a list row for none', async (t) => {
  const { db } = await testDatabase(t)
  const lines = [{ item_id: '7' }, { item_id: '' }, { item_id: '5' }, { item_id: '7' }]
  for (const name of names.filter((each) => entities.get(each).after)) {
    const entity = entities.get(name)
    const [field = ''] = entity.id.fields
    await write(db, entity, 'list', [{ [field]: '1' }, { [field]: '2' }])
    await write(db, entity, 'detail', [
      { [field]: '1', line_items: lines },
      { [field]: '2', line_items: [{ item_id: '9' }] },
    ])
    t.strictSame(
      await stockAfter(db, entity, { sourceEntityId: '1', view: 'detail', change: 'updated' }),
      ['5', '7'],
      name,
    )
    t.strictSame(await stockAfter(db, entity, { sourceEntityId: '1', view: 'list', change: 'updated' }), [], name)
    t.strictSame(await stockAfter(db, entity, { sourceEntityId: '2', view: '', change: 'deleted' }), ['9'], name)
  }
})

t.test('an order that was touched in Books is looked up in Inventory', async (t) => {
  const { db } = await testDatabase(t)
  for (const [name, other] of [
    ['sales_orders', 'sales_orders_inventory'],
    ['purchase_orders', 'purchase_orders_inventory'],
  ] as const) {
    const written = [{ sourceEntityId: '1', view: 'detail', change: 'updated' }] as const
    const followUps = await db.transaction().execute(async (tx) => entities.get(name).after?.(tx, written))
    t.strictSame(followUps, [{ entityType: other, sourceEntityId: '1', onlyLive: true }])
  }
})

const orders: readonly { owner: string; joined: string; lines: string; filled: JsonObject; kept: JsonObject }[] = [
  {
    owner: 'sales_orders',
    joined: 'sales_orders_inventory',
    lines: 'sales_order_items',
    filled: { quantity_invoiced: '10', quantity_packed: '10.5', quantity_shipped: null },
    kept: { inventory_status: 'partially_shipped', quantity_packed: '12', is_backorder: true },
  },
  {
    owner: 'purchase_orders',
    joined: 'purchase_orders_inventory',
    lines: 'purchase_order_items',
    filled: { quantity_received: '6.00' },
    kept: { inventory_status: 'partially_received', is_backorder: false },
  },
]

for (const { owner, joined, lines, filled, kept } of orders) {
  t.test(`${owner}: Inventory fills columns of its own, and Books leaves them alone`, async (t) => {
    const { db } = await testDatabase(t)
    const documents = (await readFixture(owner)).documents.slice(0, 2)
    const inventory = (await readFixture(joined)).documents
    for (const { view, document } of documents) await write(db, entities.get(owner), view, [document])
    for (const { view, document } of inventory) await write(db, entities.get(joined), view, [document])
    t.match(await rowsOf(db, lines, 'position', ...Object.keys(filled)), [{ position: 1, ...filled }])
    t.match(await rowsOf(db, owner, ...Object.keys(kept), 'number', 'inventory_detail_due'), [
      { ...kept, number: documents[0]?.columns?.number, inventory_detail_due: false },
    ])
    const [, detail] = documents
    await write(db, entities.get(owner), 'detail', [
      { ...detail?.document, notes: 'changed', last_modified_time: later },
    ])
    t.match(await rowsOf(db, lines, 'position', ...Object.keys(filled)), [{ position: 1, ...filled }], 'still')
    t.match(await rowsOf(db, owner, ...Object.keys(kept), 'notes'), [{ ...kept, notes: 'changed' }], 'still')
    for (const { view, document } of inventory)
      t.match(await write(db, entities.get(joined), view, [document]), [{ outcome: 'unchanged' }], `${view}, again`)
    t.match(await rowsOf(db, owner, 'inventory_detail_due'), [{ inventory_detail_due: false }])
  })

  t.test(`${owner}: no column has two writers`, async (t) => {
    const columnsOf = ({ views }: Entity) =>
      new Set(Object.values(views).flatMap(({ columns }) => Object.keys(columns)))
    const linesOf = ({ children = [] }: Entity) => new Set(children.flatMap(({ columns }) => Object.keys(columns)))
    for (const written of [columnsOf, linesOf])
      t.strictSame([...written(entities.get(owner)).intersection(written(entities.get(joined)))], [])
  })
}

const later = '2025-11-01T00:00:00+0300'

const invoice = (id: number, ...line_items: readonly JsonObject[]): JsonObject => ({
  invoice_id: String(id),
  line_items,
})

async function stockAfter(db: Db, entity: Entity, written: Parameters<NonNullable<Entity['after']>>[1][number]) {
  const followUps = await db.transaction().execute(async (tx) => entity.after?.(tx, [written]))
  return (followUps ?? [])
    .filter(({ entityType, onlyLive }) => entityType === 'inventory_items' && onlyLive)
    .map(({ sourceEntityId }) => sourceEntityId)
}

/** What the tables hold of a fixture's document, in the fixture's words. */
async function stored(db: Db, entity: Entity, { columns = {}, children = {} }: FixtureDocument) {
  const sets = (entity.children ?? []).filter(({ table }) => table in children)
  const lines = sets.map(async (child) => [child.table, await childrenIn(db, child, children)] as const)
  return {
    columns: (await rowsIn(db, tableOf(entity), Object.keys(columns), 'id'))[0] ?? {},
    children: Object.fromEntries(await Promise.all(lines)),
  }
}

async function childrenIn(db: Db, { table, key }: ChildSet, expected: NonNullable<FixtureDocument['children']>) {
  const columns = (expected[table] ?? []).map((line) => Object.keys(line.columns))
  const rows = await rowsIn(db, table, [...Object.keys(key), ...new Set(columns.flat())], 'position')
  return rows.map((row, index) => ({
    key: only(row, Object.keys(key)),
    columns: only(row, columns[index] ?? []),
  }))
}

async function rowsIn(
  db: Db,
  table: string,
  columns: readonly string[],
  order: string,
): Promise<readonly JsonObject[]> {
  const { rows } = await sql<JsonObject>`
    select ${sql.join(columns.map((column) => sql.ref(column)))} from ${sql.table(table)} order by ${sql.ref(order)}`.execute(
    db,
  )
  return rows.map((row) => only(row, columns))
}

const only = (row: JsonObject, columns: readonly string[]): JsonObject =>
  Object.fromEntries(columns.map((column) => [column, instant(row[column])]))

/** The fixture's expectation, with times as the instants that they are. */
const said = ({ columns = {}, children = {} }: FixtureDocument) => ({
  columns: only(columns, Object.keys(columns)),
  children: Object.fromEntries(
    Object.entries(children).map(([table, lines]) => [
      table,
      lines.map((line) => ({ key: line.key, columns: only(line.columns, Object.keys(line.columns)) })),
    ]),
  ),
})

function instant(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value).toISOString() : value
}

async function everything(db: Db, entity: Entity): Promise<unknown> {
  const tables = [tableOf(entity), ...(entity.children ?? []).map(({ table }) => table)]
  return Promise.all(tables.map((table) => snapshot(db, table)))
}
