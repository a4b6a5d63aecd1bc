import { type Db, sql } from '../../../db/index.ts'

export interface CallCounts {
  readonly minute: Readonly<Record<string, number>>
  readonly day: Readonly<Record<string, number>>
}

/** Calls to Zoho by what they were for, as far back as their rows are kept. */
export async function readCalls(db: Db): Promise<CallCounts> {
  // A call is held for at least a minute after its start, so the index on held_until finds the started ones.
  const { rows } = await sql<{ purpose: string; minute: number; day: number }>`
    select purpose,
      count(*) filter (where started_at > clock_timestamp() - interval '1 minute') as minute,
      count(*) as day
    from tds_zoho_calls
    where held_until > clock_timestamp() - interval '1 day' and started_at > clock_timestamp() - interval '1 day'
    group by purpose order by purpose`.execute(db)
  return {
    minute: Object.fromEntries(rows.flatMap(({ purpose, minute }) => (minute > 0 ? [[purpose, minute]] : []))),
    day: Object.fromEntries(rows.map(({ purpose, day }) => [purpose, day])),
  }
}
