import { createHash } from 'node:crypto'
import { type Db, sql } from '../../../db/index.ts'

/** One hash over every row of every mirrored table: who only reads changes none of them. */
export async function hashOfRows(db: Db): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = current_schema() and tablename not like 'tds\\_%' order by 1`.execute(
    db,
  )
  const hash = createHash('sha256')
  for (const { name } of tables) {
    const { rows } = await sql<{ hash: string | null }>`
      select md5(string_agg(md5(t::text), '' order by t::text)) as hash from ${sql.table(name)} t`.execute(db)
    hash.update(`${name} ${rows[0]?.hash}\n`)
  }
  return hash.digest('hex')
}

/** Resolves when the service has nothing in hand. */
export async function isIdle(db: Db): Promise<true | undefined> {
  const { rows } = await sql<{ left: number }>`
    select (select count(*) from tds_sync_queue_live where status = 'processing')
      + (select count(*) from tds_inbox_events where status = 'received') as left`.execute(db)
  return Number(rows[0]?.left) === 0 ? true : undefined
}
