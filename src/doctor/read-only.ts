import { type Db, sql, type Tx } from '../../db/index.ts'

/** PostgreSQL itself refuses every change in it, and ends what takes longer than ten seconds. */
export function readOnly<T>(db: Db, read: (tx: Tx) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setAccessMode('read only')
    .execute(async (tx) => {
      await sql`select set_config('statement_timeout', '10000', true)`.execute(tx)
      return read(tx)
    })
}

/** The one row of a query that always answers one. */
export async function oneRow<T>(tx: Tx, query: ReturnType<typeof sql<T>>): Promise<T> {
  const { rows } = await query.execute(tx)
  const [row] = rows
  if (row === undefined) throw new Error('A query that always answers a row answered none')
  return row
}
