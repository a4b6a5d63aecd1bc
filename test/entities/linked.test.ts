import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { type Entity, type JsonObject, type Link, loadEntities } from '../../src/entities/index.ts'
import { buryRows, type WriteResult } from '../../src/processors/index.ts'
import { adoptChildren } from '../../src/processors/link.ts'
import { testDatabase } from '../helpers/database.ts'
import { readFixture } from './fixture.ts'
import { rowsOf, write } from './writing.ts'

const entities = await loadEntities()
const names = [
  ...['sales_orders', 'purchase_orders', 'invoices', 'bills', 'credit_notes'],
  ...['customer_payments', 'vendor_payments', 'stock_adjustments', 'stock_transfers'],
]

for (const entity of names.map(entities.get)) {
  t.test(`${entity.name}: what comes before its parents is written at once, and linked when they come`, async (t) => {
    const { db } = await testDatabase(t)
    const document = await detailOf(entity)
    const [first] = await write(db, entity, 'detail', [document])
    for (const { table, link } of linksOf(entity)) {
      const waiting = await unlinked(db, table, link)
      t.ok(waiting.length > 0, `${table} names ${link.parent}`)
      for (const id of waiting) t.ok(missing(first, link.parent).has(id), `${link.parent} ${id} is asked for`)
    }
    for (const parent of new Set(linksOf(entity).map(({ link }) => link.parent)))
      await arrive(db, entities.get(parent), missing(first, parent))
    for (const { table, link } of linksOf(entity))
      t.strictSame(await unlinked(db, table, link), [], `${table}.${link.column}`)
    const [second] = await write(db, entity, 'detail', [{ ...document, notes: 'Changed', description: 'Changed' }])
    t.match(second, { outcome: 'written', missingParents: [] }, 'nobody is asked for again')
    for (const { table, link } of linksOf(entity)) t.strictSame(await unlinked(db, table, link), [], `still ${table}`)
  })

  t.test(`${entity.name}: its lines die with it and come back with it`, async (t) => {
    const { db } = await testDatabase(t)
    const document = await detailOf(entity)
    const tables = [entity.name, ...(entity.children ?? []).map(({ table }) => table)]
    const living = () => Promise.all(tables.map((table) => rowsOf(db, table, 'zoho_data')))
    const [written] = await write(db, entity, 'detail', [document])
    const before = await living()
    t.ok(
      before.every((rows) => rows.length > 0),
      'it has lines',
    )
    const [row] = await rowsOf(db, entity.name, 'is_active', 'zoho_read_at')
    const readAt = row?.zoho_read_at instanceof Date ? row.zoho_read_at.toISOString() : ''
    const gone = { sourceEntityId: written?.sourceEntityId ?? '', readAt }
    t.match(await db.transaction().execute((tx) => buryRows(tx, entity, [gone])), [{ change: 'deleted' }])
    t.strictSame((await living()).flat(), [])
    t.equal(await isActive(db, entity), false)
    t.match(await write(db, entity, 'detail', [document]), [{ outcome: 'written' }])
    t.strictSame(await living(), before)
    t.equal(await isActive(db, entity), true)
  })
}

t.test('every foreign key of a document or its lines is one that is looked for', async (t) => {
  const { db } = await testDatabase(t)
  const tables = names
    .map(entities.get)
    .flatMap(({ name, children = [] }) => [name, ...children.map(({ table }) => table)])
  const { rows } = await sql<{ column: string }>`
    select c.conrelid::regclass || '.' || a.attname || ' → ' || c.confrelid::regclass as column
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.conrelid::regclass::text in (${sql.join(tables)})`.execute(db)
  const declared = names
    .map(entities.get)
    .flatMap((entity) => [
      ...(entity.links ?? []).map(({ column, parent }) => `${entity.name}.${column} → ${parent}`),
      ...(entity.children ?? []).flatMap(({ table, owner, links = [] }) => [
        `${table}.${owner.column} → ${entity.name}`,
        ...links.map(({ column, parent }) => `${table}.${column} → ${parent}`),
      ]),
    ])
  t.strictSame(declared.toSorted(), rows.map(({ column }) => column).toSorted())
})

async function detailOf(entity: Entity): Promise<JsonObject> {
  const { documents } = await readFixture(entity.name)
  const detail = documents.find(({ view }) => view === 'detail')?.document
  if (!detail) throw new Error(`The fixture of ${entity.name} has no detail`)
  return detail
}

/** The links of its own rows and of its lines; not every line is somewhere, so only those that the fixture fills. */
const linksOf = ({ name, links = [], children = [] }: Entity): readonly { table: string; link: Link }[] =>
  [
    ...links.map((link) => ({ table: name, link })),
    ...children.flatMap((child) => (child.links ?? []).map((link) => ({ table: child.table, link }))),
  ].filter(({ table, link }) => !(placeless.has(table) && link.parent === 'warehouses'))

const placeless = new Set(['credit_note_items', 'stock_transfer_items'])

/** The Zoho ids that rows of a table carry without a row of ours to point to. */
async function unlinked(db: Db, table: string, { column, reference }: Link): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct ${sql.ref(reference)} as id from ${sql.table(table)}
    where ${sql.ref(reference)} is not null and ${sql.ref(column)} is null order by 1`.execute(db)
  return rows.map((row) => row.id)
}

const missing = (result: WriteResult | undefined, parent: string): Set<string> =>
  new Set((result?.missingParents ?? []).flatMap((each) => (each.entityType === parent ? [each.sourceEntityId] : [])))

async function arrive(db: Db, parent: Entity, ids: ReadonlySet<string>): Promise<void> {
  const [field = ''] = parent.id.fields
  await write(
    db,
    parent,
    'list',
    [...ids].map((id) => ({ [field]: id })),
  )
  await db.transaction().execute((tx) => adoptChildren(tx, entities, parent, [...ids]))
}

async function isActive(db: Db, entity: Entity): Promise<unknown> {
  const { rows } = await sql<JsonObject>`select is_active from ${sql.table(entity.name)}`.execute(db)
  return rows[0]?.is_active
}
