import t from 'tap'
import { type Entity, type JsonObject, loadEntities, tableOf } from '../../src/entities/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { readFixture } from './fixture.ts'
import { rowsOf, snapshot, write } from './writing.ts'

const entities = await loadEntities()
const customers = entities.get('customers')
const suppliers = entities.get('suppliers')
const composites = entities.get('composite_items')
const books = entities.get('products_books')
const products = entities.get('products')

for (const entity of [customers, suppliers, entities.get('pricing_lists'), composites, books]) {
  t.test(`${entity.name}: each document of its fixture is written, and the same again is unchanged`, async (t) => {
    const { db } = await testDatabase(t)
    const { documents } = await readFixture(entity.name)
    for (const { about, view, document, children = {} } of documents) {
      t.match(await write(db, entity, view, [document]), [{ outcome: /written|unchanged/ }], about)
      for (const [table, lines] of Object.entries(children))
        t.equal(await linesOf(db, entity, table, document), lines.length, `${about}: ${table}`)
      const before = await everything(db, entity)
      t.match(await write(db, entity, view, [document]), [{ outcome: 'unchanged' }], `${about}, again`)
      t.strictSame(await everything(db, entity), before, `${about}, again`)
    }
  })
}

t.test(
  'what a list row and the detail behind it both say is the same, so that neither writes after the other',
  async (t) => {
    const { db } = await testDatabase(t)
    const { documents } = await readFixture('customers')
    const [list, , , detail] = documents.map(({ document }) => document)
    if (!list || !detail) throw new Error('the fixture lacks them')
    const same = { ...detail, payment_terms: list.payment_terms, payment_terms_label: list.payment_terms_label }
    await write(db, customers, 'list', [list])
    t.match(await rowsOf(db, 'customers', 'name_ar', 'detail_due'), [{ name_ar: 'أسواق النهر', detail_due: true }])
    await write(db, customers, 'detail', [same])
    t.match(await rowsOf(db, 'customers', 'name_ar', 'detail_due', 'zoho_data'), [
      { name_ar: 'أسواق النهر', detail_due: false, zoho_data: { notes: 'pays on Thursdays' } },
    ])
    const before = await rowsOf(db, 'customers', 'synced_at')
    for (const view of ['list', 'detail'])
      t.match(await write(db, customers, view, [view === 'list' ? list : same]), [{ outcome: 'unchanged' }], view)
    t.strictSame(await rowsOf(db, 'customers', 'synced_at'), before)
  },
)

t.test('a balance that moved without a modification time is written and asks for no detail', async (t) => {
  const { db } = await testDatabase(t)
  const { documents } = await readFixture('customers')
  const [list, , , detail] = documents.map(({ document }) => document)
  if (!list || !detail) throw new Error('the fixture lacks them')
  await write(db, customers, 'list', [list])
  await write(db, customers, 'detail', [detail])
  await write(db, customers, 'list', [{ ...list, outstanding_receivable_amount: 0 }])
  t.match(await rowsOf(db, 'customers', 'outstanding_receivable_amount', 'detail_due', 'zoho_data'), [
    { outstanding_receivable_amount: '0', detail_due: false, zoho_data: { notes: 'pays on Thursdays' } },
  ])
  await write(db, customers, 'list', [{ ...list, last_modified_time: '2025-10-03T00:00:00+0300' }])
  t.match(await rowsOf(db, 'customers', 'detail_due'), [{ detail_due: true }])
})

t.test("a contact's price list is linked, and asked for where it is not there", async (t) => {
  const { db } = await testDatabase(t)
  const { documents } = await readFixture('customers')
  const detail = documents.find(({ view }) => view === 'detail')?.document ?? {}
  const [first] = await write(db, customers, 'detail', [detail])
  t.strictSame(first?.missingParents, [{ entityType: 'pricing_lists', sourceEntityId: '5100000000060001' }])
  await write(db, entities.get('pricing_lists'), 'list', [{ pricebook_id: '5100000000060001', name: 'Wholesale' }])
  const [second] = await write(db, customers, 'detail', [{ ...detail, notes: 'changed' }])
  t.strictSame(second?.missingParents, [])
  t.type((await rowsOf(db, 'customers', 'pricing_list_id'))[0]?.pricing_list_id, 'number')
})

t.test('the parts of a composite item are replaced as a set', async (t) => {
  const { db } = await testDatabase(t)
  const set = (...mapped_items: readonly JsonObject[]) => ({ composite_item_id: '1', name: 'Set', mapped_items })
  await write(db, composites, 'detail', [
    set({ line_item_id: '11', item_id: '101', quantity: 1 }, { line_item_id: '12', item_id: '102', quantity: 2 }),
  ])
  await write(db, composites, 'detail', [
    set({ line_item_id: '12', item_id: '102', quantity: 3 }, { item_id: '103', quantity: 1 }),
  ])
  t.strictSame(
    await rowsOf(db, 'composite_item_components', 'zoho_item_id', 'quantity', 'position', 'zoho_line_item_id'),
    [
      { zoho_item_id: '102', quantity: '3', position: 1, zoho_line_item_id: '12' },
      { zoho_item_id: '103', quantity: '1', position: 2, zoho_line_item_id: '#2' },
    ],
  )
})

t.test('stock of a composite item moves without a write', async (t) => {
  const { db } = await testDatabase(t)
  const row = { composite_item_id: '1', name: 'Set', stock_on_hand: 2 }
  await write(db, composites, 'list', [row])
  t.match(await write(db, composites, 'list', [{ ...row, stock_on_hand: 9 }]), [{ outcome: 'unchanged' }])
})

t.test(
  'the Books side and the Inventory side of an item share a row, and neither touches what the other one wrote',
  async (t) => {
    const { db } = await testDatabase(t)
    await write(db, products, 'list', [{ item_id: '1', name: 'Kettle', rate: 6, status: 'active' }])
    await write(db, books, 'books', [
      { item_id: '1', name: 'Of Books', rate: 7, tax_percentage: 5, account_name: 'Sales' },
    ])
    await write(db, products, 'list', [{ item_id: '1', name: 'Kettle 2', rate: 8, status: 'active' }])
    const columns = ['name', 'unit_price', 'tax_percentage', 'sales_account_name', 'books_data'] as const
    t.match(await rowsOf(db, 'products', ...columns), [
      { name: 'Kettle 2', unit_price: '8', tax_percentage: '5', sales_account_name: 'Sales', books_data: { rate: 7 } },
    ])
  },
)

t.test('no column of products has two writers', async (t) => {
  const columnsOf = ({ views }: Entity) => new Set(Object.values(views).flatMap(({ columns }) => Object.keys(columns)))
  t.strictSame([...columnsOf(products).intersection(columnsOf(books))], [])
})

type Database = Parameters<typeof snapshot>[0]

async function everything(db: Database, entity: Entity): Promise<unknown> {
  const tables = [tableOf(entity), ...(entity.children ?? []).map(({ table }) => table)]
  return Promise.all(tables.map((table) => snapshot(db, table)))
}

async function linesOf(db: Database, entity: Entity, table: string, document: JsonObject): Promise<number> {
  const owner = entity.children?.find((child) => child.table === table)?.owner.reference ?? ''
  const rows = await rowsOf(db, table, owner)
  return rows.filter((row) => entity.id.fields.some((field) => row[owner] === String(document[field]))).length
}
