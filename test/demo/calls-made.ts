import { type Db, sql } from '../../db/index.ts'

/** Calls to Zoho since then by whom they were for, as TDS counted them when it asked for leave to make them. */
export async function readCallsMade(db: Db, since: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ whom: string; calls: number }>`
    select split_part(purpose, '.', 1) as whom, count(*) as calls
    from tds_zoho_calls where started_at >= ${since}::timestamptz group by 1`.execute(db)
  return new Map(rows.map(({ whom, calls }) => [whom, calls]))
}
