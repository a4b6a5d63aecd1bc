import type { Test } from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { documentId, type Entity, type JsonObject, readFields, tableOf } from '../../src/entities/index.ts'
import { context } from '../entities/fixture.ts'
import { numbers } from './kinds.ts'
import type { Landing } from './landing.ts'

/** Each number is the one that was sent; blank and absent are null and never 0. */
export async function holdsWhatItSays(t: Test, db: Db, entity: Entity, document: JsonObject): Promise<void> {
  const id = documentId(entity, document)
  const parts = entity.set ? (entity.set.rows(document) ?? []) : [document]
  const rows = await rowsOf(db, tableOf(entity), entity.id.column, id)
  t.equal(rows.length, parts.length, `${entity.name} ${id}: as many rows as parts`)
  for (const [index, row] of rows.entries()) {
    t.equal(row.field_errors, null, `${entity.name} ${id}: every field could be read`)
    for (const [column, key] of Object.entries(numbers[entity.name] ?? {})) {
      const sent = parts[index]?.[key]
      const expected =
        sent === undefined || sent === null || sent === ''
          ? null
          : Number(JSON.isRawJSON(sent) ? JSON.stringify(sent) : sent)
      t.equal(row[column] === null ? null : Number(row[column]), expected, `${entity.name} ${id}: ${column}`)
    }
  }
}

/** As many lines as the document has, each with what the line says, and none with a field that could not be read. */
export async function holdsItsLines(t: Test, db: Db, entity: Entity, document: JsonObject): Promise<void> {
  const id = documentId(entity, document)
  for (const child of entity.children ?? []) {
    const said = child.rows(document, context)
    if (said === undefined) continue
    const rows = await rowsOf(db, child.table, child.owner.reference, id)
    t.equal(rows.length, said.length, `${child.table} of ${id}: as many rows as lines`)
    for (const [index, line] of said.entries()) {
      const { columns, fieldErrors } = readFields({ columns: child.columns, keepsDocument: true }, line, context)
      t.equal(fieldErrors, null, `${child.table} of ${id}: every field could be read`)
      const filled = Object.keys(columns).filter((column) => columns[column] !== null)
      const empty = filled.filter((column) => rows[index]?.[column] === null)
      t.strictSame(empty, [], `${child.table} of ${id}: every column that the line fills has a value`)
    }
  }
}

/** What is said to be kept is kept, key by key. */
export async function keepsTheRest(t: Test, db: Db, { table, keptIn, onlyKept }: Landing): Promise<void> {
  if (table !== keptIn.table) return
  const { rows } = await sql<{ document: JsonObject }>`
    select ${sql.ref(keptIn.column)} as document from ${sql.table(keptIn.table)}`.execute(db)
  const kept = new Set(rows.flatMap(({ document }) => Object.keys(document)))
  t.strictSame(
    onlyKept.filter((key) => !kept.has(key)),
    [],
    `${keptIn.table}.${keptIn.column} has what no column has`,
  )
}

async function rowsOf(db: Db, table: string, column: string, id: string): Promise<readonly JsonObject[]> {
  const { rows } = await sql<JsonObject>`
    select * from ${sql.table(table)} where ${sql.ref(column)} = ${id} order by id`.execute(db)
  return rows
}
