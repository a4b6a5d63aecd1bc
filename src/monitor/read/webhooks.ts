import { type Db, sql } from '../../../db/index.ts'

export interface LastWebhooks {
  /** When a webhook of each module came last. @param now milliseconds since the epoch */
  read(db: Db, now: number): Promise<ReadonlyMap<string, Date>>
}

const MINUTE_MS = 60_000

/**
 * The newest thousand events are exact; older ones are known to the minute, or the hour after two days, by the counter
 * the intake keeps, so that no index on modules slows the intake down. The whole of that counter is read once, then
 * only its last minutes.
 */
export function createLastWebhooks(): LastWebhooks {
  const known = new Map<string, Date>()
  let readUpTo = 0

  return {
    async read(db, now) {
      const from = new Date(Math.max(0, readUpTo - 3 * MINUTE_MS))
      for (const { module, at } of await readSeen(db, from)) {
        const before = known.get(module)
        if (!before || before < at) known.set(module, at)
      }
      readUpTo = now
      return new Map(known)
    },
  }
}

async function readSeen(db: Db, from: Date): Promise<readonly { module: string; at: Date }[]> {
  const { rows } = await sql<{ module: string; at: Date }>`
    select module, max(at) as at from (
      select module, received_at as at
      from (select module, received_at from tds_inbox_events order by event_id desc limit 1000) newest
      union all
      select label, bucket from tds_metrics where bucket >= ${from} and name = 'webhook_received'
    ) seen group by module`.execute(db)
  return rows
}
