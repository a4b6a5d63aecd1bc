import { type Db, sql } from '../../../db/index.ts'

export interface Lag {
  /** Settled webhooks it was measured on. */
  readonly events: number
  readonly p50_ms: number
  readonly p95_ms: number
}

/** At most so many webhooks, the newest, are looked at. */
const looked = 2000
const HOUR_MS = 60 * 60 * 1000

/** From the arrival of a webhook to its row, by entity, over the last hour. @param now milliseconds since the epoch */
export async function readLags(db: Db, now: number): Promise<ReadonlyMap<string, Lag>> {
  const { rows } = await sql<Lag & { entity_type: string }>`
    select entity_type, count(*) as events,
      round(1000 * percentile_cont(0.5) within group (order by lag))::int as p50_ms,
      round(1000 * percentile_cont(0.95) within group (order by lag))::int as p95_ms
    from (
      select entity_type, extract(epoch from settled_at - received_at)::float8 as lag
      from (
        select * from tds_inbox_events where event_id >= ${eventIdAt(now - HOUR_MS)}::uuid
        order by event_id desc limit ${looked}) newest
      where settled_at is not null and status = 'promoted') settled
    group by entity_type`.execute(db)
  return new Map(rows.map(({ entity_type, ...lag }) => [entity_type, lag]))
}

export interface LastWebhooks {
  /** When a webhook of each module came last. @param now milliseconds since the epoch */
  read(db: Db, now: number): Promise<ReadonlyMap<string, Date>>
}

const MINUTE_MS = 60_000

/**
 * The newest thousand events are exact; older ones are known to the minute, by the counter the intake keeps, so that no
 * index on modules slows the intake down. The whole of that counter is read once, then only its last minutes.
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
      select label, bucket from tds_metrics
      where resolution = 'minute' and bucket >= ${from} and name = 'webhook_received'
    ) seen group by module`.execute(db)
  return rows
}

/** Event ids are UUIDv7: they begin with the time they were made, so a time is a place in the primary key. */
export function eventIdAt(at: number): string {
  const hex = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
