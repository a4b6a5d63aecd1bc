import { type Db, sql } from '../../../db/index.ts'

/** Calls to Zoho that began in the last 60 seconds, by what they were for. */
export async function readCalls(db: Db): Promise<Readonly<Record<string, number>>> {
  // A call is held for at least a minute after its start, so the index on held_until finds the started ones.
  const { rows } = await sql<{ purpose: string; calls: number }>`
    select purpose, count(*) as calls from tds_zoho_calls
    where held_until > clock_timestamp() and started_at > clock_timestamp() - interval '1 minute'
    group by purpose order by purpose`.execute(db)
  return Object.fromEntries(rows.map(({ purpose, calls }) => [purpose, calls]))
}
