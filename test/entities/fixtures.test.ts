import t, { type Test } from 'tap'
import { expectedSchema } from '../../db/schema.ts'
import {
  type ChildSet,
  type Entity,
  type Field,
  type JsonObject,
  type Link,
  loadEntities,
  mapDocument,
  readFields,
  tableOf,
  viewOf,
} from '../../src/entities/index.ts'
import { parseWebhook } from '../../src/inbox/parse.ts'
import { context, type FixtureDocument, readFixture } from './fixture.ts'

const entities = await loadEntities()
const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = expectedSchema.tables

for (const entity of entities.list()) {
  t.test(`${entity.name}: every document of its fixture becomes the columns it says`, async (t) => {
    const { documents } = await readFixture(entity.name)
    const shown = new Set(documents.map(({ view }) => view))
    t.strictSame([...shown].toSorted(), Object.keys(entity.views).toSorted(), 'each view has a document')
    for (const each of documents) {
      t.strictSame(mapped(entity, each), expected(entity, each), each.about)
      t.strictSame(children(entity, each), each.children ?? {}, `${each.about}: its children`)
    }
  })

  t.test(`${entity.name}: its webhook names its record, whatever Zoho calls the module`, async (t) => {
    const { webhook } = await readFixture(entity.name)
    const [, digits = ''] = JSON.stringify(webhook.body).match(/_id":"?(\d+)/) ?? []
    t.equal(digits, webhook.id)
    for (const module of entity.webhook.modules) {
      const stored = { module, event: null, contentType: 'application/json', query: {} }
      const body = Buffer.from(JSON.stringify(webhook.body))
      const parsed = parseWebhook({ ...stored, body }, { resolve: routeOf, organizationId: undefined })
      t.match(parsed, { sourceEntityId: webhook.id, route: { entityType: entity.name } }, module)
    }
  })

  t.test(`${entity.name}: every column and link of it is in the database, with its type`, async (t) => {
    const table = tableOf(entity)
    for (const view of Object.values(entity.views)) hasColumns(t, table, view.columns)
    t.equal(tables[table]?.[entity.id.column], 'text', 'its Zoho id is text')
    hasLinks(t, table, entity.links ?? [])
    for (const [column, type] of ownColumns(entity))
      t.match(tables[table]?.[column], new RegExp(`^${type}( |$)`), column)
    for (const child of entity.children ?? []) {
      hasColumns(t, child.table, { ...child.key, ...child.columns })
      t.equal(tables[child.table]?.[child.owner.reference], 'text', `${child.table}: the owner's Zoho id`)
      const owner = { ...child.owner, parent: table, parentKey: entity.id.column }
      hasLinks(t, child.table, [owner, ...(child.links ?? [])])
    }
  })

  t.test(`${entity.name}: a blank value never makes a row that the database refuses`, async (t) => {
    const { documents } = await readFixture(entity.name)
    const refused = documents.flatMap((each) =>
      blanked(each.document).flatMap(({ key, document }) => {
        const { columns } = readFields(viewOf(entity, each.view), document, context)
        return refusedIn(tableOf(entity), columns).map((column) => `${key}: ${column}`)
      }),
    )
    t.strictSame(refused, [])
    t.strictSame(await refusedLines(entity), [], 'nor a line')
  })
}

function hasColumns(t: Test, table: string, columns: Readonly<Record<string, Field>>): void {
  for (const [column, { type }] of Object.entries(columns))
    t.match(tables[table]?.[column], new RegExp(`^${type}( |$)`), `${table}.${column}`)
}

function hasLinks(t: Test, table: string, links: readonly Link[]): void {
  for (const { column, reference, parent, parentKey } of links) {
    t.match(tables[table]?.[column], /^bigint/, `${table}.${column}`)
    t.match(tables[table]?.[reference], /^text/, `${table}.${reference}`)
    t.equal(tables[parent]?.[parentKey], 'text', `which is ${parent}.${parentKey}`)
  }
}

/** Columns that the writer fills by itself. */
function ownColumns({ joins, details }: Entity): [string, string][] {
  return [
    ...(joins
      ? [[joins.readAtColumn, 'timestamptz'] as [string, string], [joins.documentColumn, 'jsonb'] as [string, string]]
      : []),
    ...(details?.when === 'changed' ? [[details.dueColumn ?? 'detail_due', 'boolean'] as [string, string]] : []),
    ...(details?.age ? [[details.age, '(timestamptz|date)'] as [string, string]] : []),
  ]
}

function routeOf(module: string) {
  const entity = entities.byModule(module)
  if (!entity) return null
  const { id, webhook, lane } = entity
  return { entityType: entity.name, idFields: id.fields, payloadKeys: webhook.wrappers, lane, priority: 1 }
}

function mapped(entity: Entity, { view, document }: FixtureDocument): unknown {
  if (!entity.set) return withoutFaults(mapDocument(entity, view, document, context))
  const { rows, keyField } = entity.set
  return rows(document)?.map((row) => ({
    key: keyField.read(keyField.take(row, context)),
    columns: withoutFaults(readFields(viewOf(entity, view), row, context)),
  }))
}

function children(entity: Entity, { document }: FixtureDocument): unknown {
  const sets = (entity.children ?? []).map((child) => [child.table, lines(child, document)] as const)
  return Object.fromEntries(sets.filter(([, found]) => found !== undefined))
}

function lines(child: ChildSet, document: JsonObject) {
  return child.rows(document, context)?.map((line) => ({
    key: withoutFaults(readFields({ columns: child.key, keepsDocument: true }, line, context)),
    columns: withoutFaults(readFields({ columns: child.columns, keepsDocument: true }, line, context)),
  }))
}

function expected(entity: Entity, { columns, rows }: FixtureDocument): unknown {
  return entity.set ? rows : columns
}

function withoutFaults(row: { columns: JsonObject; fieldErrors: unknown }): JsonObject {
  if (row.fieldErrors) throw new Error(`A field could not be read: ${JSON.stringify(row.fieldErrors)}`)
  return row.columns
}

/** Columns that would be null and must not be. */
function refusedIn(table: string, columns: JsonObject): string[] {
  return Object.entries(columns).flatMap(([name, value]) =>
    value === null && !/ null$/.test(tables[table]?.[name] ?? '') ? [name] : [],
  )
}

async function refusedLines(entity: Entity): Promise<string[]> {
  const { documents } = await readFixture(entity.name)
  return (entity.children ?? []).flatMap((child) =>
    documents
      .flatMap((each) => blankedLines(each.document))
      .flatMap(({ key, document }) =>
        (child.rows(document, context) ?? []).flatMap((line) => {
          const { columns } = readFields({ columns: child.columns, keepsDocument: true }, line, context)
          return refusedIn(child.table, columns).map((column) => `${child.table} without ${key}: ${column}`)
        }),
      ),
  )
}

/** The document once for each key of the objects in its lists. */
function blankedLines(document: JsonObject): { key: string; document: JsonObject }[] {
  return Object.entries(document).flatMap(([list, value]) => {
    const values: readonly unknown[] = Array.isArray(value) ? value : []
    return values.flatMap((each, index) =>
      blanked({ ...Object(each) }).map((line) => ({
        key: line.key,
        document: { ...document, [list]: values.with(index, line.document) },
      })),
    )
  })
}

/** The document once for each of its keys and each kind of blank. */
function blanked(document: JsonObject): { key: string; document: JsonObject }[] {
  return Object.keys(document).flatMap((key) =>
    ['', null, '  '].map((blank) => ({ key, document: { ...document, [key]: blank } })),
  )
}
