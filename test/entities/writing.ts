import { type Db, sql } from '../../db/index.ts'
import { documentId, type Entity, type FieldContext, type JsonObject } from '../../src/entities/index.ts'
import { type WriteResult, writeDocuments } from '../../src/processors/index.ts'
import { context } from './fixture.ts'

let reads = 0

/** Documents of one view, as one read later than all before brought them: written, and what follows from them done. */
export async function write(
  db: Db,
  entity: Entity,
  view: string,
  documents: readonly JsonObject[],
  about: FieldContext = context,
): Promise<readonly WriteResult[]> {
  const at = new Date(Date.UTC(2026, 10, 1) + ++reads * 60_000).toISOString()
  const read = documents.map((document) => ({
    sourceEntityId: documentId(entity, document),
    view,
    document,
    readAt: at,
    readUntil: at,
  }))
  return db.transaction().execute(async (tx) => {
    const results = await writeDocuments(tx, entity, read, about)
    await entity.after?.(
      tx,
      results.flatMap(({ sourceEntityId, change }) => (change ? [{ sourceEntityId, change, view }] : [])),
    )
    return results
  })
}

/** Rows of a table without their local ids and bookkeeping, in the order of these columns. */
export async function rowsOf(db: Db, table: string, ...columns: readonly string[]): Promise<readonly JsonObject[]> {
  const names = sql.join(columns.map((column) => sql.ref(column)))
  const { rows } = await sql<JsonObject>`
    select ${names} from ${sql.table(table)} where deleted_at is null order by ${names}`.execute(db)
  return rows
}

/** Everything a reader of the table can see, to tell whether anything moved. */
export async function snapshot(db: Db, table: string): Promise<readonly JsonObject[]> {
  const { rows } = await sql<JsonObject>`select t.*, t.xmin::text from ${sql.table(table)} t order by id`.execute(db)
  return rows
}
