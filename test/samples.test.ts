import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Db, parseJsonDigits } from '../db/index.ts'
import { documentId, type Entity, type JsonObject, loadEntities } from '../src/entities/index.ts'
import { parseWebhook } from '../src/inbox/parse.ts'
import { rowsUnder, writeDocuments } from '../src/processors/index.ts'
import { context } from './entities/fixture.ts'
import { testDatabase } from './helpers/database.ts'
import { type Kind, kinds } from './samples/kinds.ts'
import { describe, type Landing, landings, row } from './samples/landing.ts'
import { others } from './samples/others.ts'
import { holdsItsLines, holdsWhatItSays, keepsTheRest } from './samples/rows.ts'

/** Bodies that Zoho really sent, outside this project: each goes through what reads and writes its kind of record. */
const folder = process.env.ZOHO_SAMPLES_DIR
const files = folder ? readdirSync(folder).toSorted() : []
const entities = await loadEntities()

t.test('recorded replies and webhooks', { skip: folder ? false : 'ZOHO_SAMPLES_DIR names no folder' }, async (t) => {
  t.ok(
    kinds.every(({ about }) => files.some((file) => about.test(file))),
    'there is a file of every kind',
  )
  const table = [row('sample', 'table', 'fields in typed columns', 'fields only kept whole, or not at all')]
  for (const file of files) await t.test(file, async (t) => table.push(...(await passes(t, file))))
  t.comment(table.join('\n'))
})

/** Each file is read by what it is for. @returns its lines of the table */
async function passes(t: Test, file: string): Promise<readonly string[]> {
  const own = kinds.filter(({ about }) => about.test(file))
  const other = others[file]
  if (other) return other(t, { file, text: await text(file), body: file.endsWith('.json') ? await read(file) : {} })
  if (own.length === 0) t.fail('nothing here reads this file: name its kind in test/samples')
  const { db } = await testDatabase(t)
  const found: Landing[] = []
  for (const kind of own) found.push(...(await becomesRows(t, db, file, kind)))
  if (file.startsWith('webhook-')) await isUnderstood(t, file)
  return describe(file, found)
}

async function becomesRows(t: Test, db: Db, file: string, kind: Kind): Promise<readonly Landing[]> {
  const documents = rowsUnder(await read(file), kind.keys, file).map((document) => ({ ...kind.asked, ...document }))
  t.ok(documents.length > 0, 'it holds records')
  const found: Landing[] = []
  for (const entity of kind.entities.map(entities.get)) {
    const records = documents.filter((document) => !entity.list?.skip?.(document))
    const outcomes = await write(db, entity, kind.view, records)
    t.equal(outcomes.length, records.length, `every record of it ended: ${entity.name}`)
    t.strictSame(
      (await write(db, entity, kind.view, records)).filter((outcome) => outcome !== 'unchanged'),
      [],
    )
    for (const document of records) {
      await holdsWhatItSays(t, db, entity, document)
      await holdsItsLines(t, db, entity, document)
    }
    const own = landings(entity, kind.view, records, context)
    for (const landing of own) await keepsTheRest(t, db, landing)
    found.push(...own)
  }
  return found
}

async function write(db: Db, entity: Entity, view: string, documents: readonly JsonObject[]): Promise<string[]> {
  const at = '2026-11-01 00:00:00+00'
  const reads = documents.map((document) => ({
    sourceEntityId: documentId(entity, document),
    view,
    document,
    readAt: at,
    readUntil: at,
  }))
  const results = await db.transaction().execute((tx) => writeDocuments(tx, entity, reads, context))
  return results.map(({ outcome }) => outcome)
}

async function isUnderstood(t: Test, file: string): Promise<void> {
  const module = file.match(/^webhook-\w+-([a-z]+)/)?.[1] ?? ''
  const body = await readFile(join(folder ?? '', file))
  const webhook = { module, event: null, body, contentType: 'application/json', query: {} }
  const parsed = parseWebhook(webhook, { resolve: routeOf, organizationId: undefined })
  const entity = entities.byModule(module)
  t.match(parsed, { route: { entityType: entity?.name }, sourceEntityId: /^\d+$/ })
}

function routeOf(module: string) {
  const entity = entities.byModule(module)
  if (!entity) return null
  const { id, webhook, lane } = entity
  return { entityType: entity.name, idFields: id.fields, payloadKeys: webhook.wrappers, lane, priority: 1 }
}

async function read(file: string): Promise<JsonObject> {
  const value = parseJsonDigits(await text(file))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${file} holds no object`)
  return { ...value }
}

function text(file: string): Promise<string> {
  return readFile(join(folder ?? '', file), 'utf8')
}
