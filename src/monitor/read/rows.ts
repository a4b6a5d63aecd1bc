import { type Db, sql } from '../../../db/index.ts'

export interface RowCounts {
  readonly live: number
  readonly tombstoned: number
  /** False: the planner's estimate, for tables too large to be counted for a page. */
  readonly exact: boolean
}

/** Tables up to this size are counted: a few milliseconds. */
export const countedRows = 50_000

/** Live rows and tombstones by table; a table that does not exist has none. */
export async function readRowCounts(db: Db, tables: readonly string[]): Promise<ReadonlyMap<string, RowCounts>> {
  const estimates = await readEstimates(db, tables)
  const counts = new Map<string, RowCounts>()
  for (const { table, rows, live_share } of estimates) {
    const estimate = { live: Math.round(rows * live_share), tombstoned: Math.round(rows * (1 - live_share)) }
    counts.set(table, rows > countedRows ? { ...estimate, exact: false } : await countRows(db, table))
  }
  return counts
}

interface Estimate {
  readonly table: string
  readonly rows: number
  /** Share of rows whose `deleted_at` is null, as the last ANALYZE saw it. */
  readonly live_share: number
}

async function readEstimates(db: Db, tables: readonly string[]): Promise<readonly Estimate[]> {
  const { rows } = await sql<Estimate>`
    select c.relname as table, greatest(0, c.reltuples)::bigint as rows, coalesce(s.null_frac, 1)::float8 as live_share
    from pg_class c
    left join pg_stats s on s.schemaname = c.relnamespace::regnamespace::text and s.tablename = c.relname
      and s.attname = 'deleted_at'
    where c.oid = any (array(select to_regclass(quote_ident(t)) from unnest(${[...tables]}::text[]) as t))`.execute(db)
  return rows
}

async function countRows(db: Db, table: string): Promise<RowCounts> {
  const { rows } = await sql<{ live: number; tombstoned: number }>`
    select count(*) filter (where deleted_at is null) as live, count(deleted_at) as tombstoned
    from ${sql.table(table)}`.execute(db)
  return { live: rows[0]?.live ?? 0, tombstoned: rows[0]?.tombstoned ?? 0, exact: true }
}
