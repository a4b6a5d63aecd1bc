import t from 'tap'
import { expectedSchema } from '../../db/schema.ts'
import {
  type Entity,
  type JsonObject,
  loadEntities,
  mapDocument,
  readFields,
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
    for (const each of documents) t.strictSame(mapped(entity, each), expected(entity, each), each.about)
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
    const table = tables[entity.name] ?? {}
    const written = Object.values(entity.views).flatMap((view) => Object.entries(view.columns))
    for (const [column, { type }] of written) t.match(table[column], new RegExp(`^${type}( |$)`), column)
    t.equal(table[entity.id.column], 'text', 'its Zoho id is text')
    for (const link of entity.links ?? []) {
      t.ok(link.column in table && link.reference in table, `${link.column} found by ${link.reference}`)
      t.ok(link.parentKey in (tables[link.parent] ?? {}), `${link.parent}.${link.parentKey}`)
    }
  })

  t.test(`${entity.name}: a blank value never makes a row that the database refuses`, async (t) => {
    const { documents } = await readFixture(entity.name)
    const nullable = (column: string) => / null$/.test(tables[entity.name]?.[column] ?? '')
    const refused = documents.flatMap((each) =>
      blanked(each.document).flatMap(({ key, document }) => {
        const { columns } = readFields(viewOf(entity, each.view), document, context)
        return Object.entries(columns).flatMap(([name, value]) =>
          value === null && !nullable(name) ? `${key}: ${name}` : [],
        )
      }),
    )
    t.strictSame(refused, [])
  })
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

function expected(entity: Entity, { columns, rows }: FixtureDocument): unknown {
  return entity.set ? rows : columns
}

function withoutFaults(row: { columns: JsonObject; fieldErrors: unknown }): JsonObject {
  if (row.fieldErrors) throw new Error(`A field could not be read: ${JSON.stringify(row.fieldErrors)}`)
  return row.columns
}

/** The document once for each of its keys and each kind of blank. */
function blanked(document: JsonObject): { key: string; document: JsonObject }[] {
  return Object.keys(document).flatMap((key) =>
    ['', null, '  '].map((blank) => ({ key, document: { ...document, [key]: blank } })),
  )
}
