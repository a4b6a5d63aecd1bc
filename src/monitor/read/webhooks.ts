import { type Db, sql } from '../../../db/index.ts'

export interface Lag {
  /** Settled webhooks it was measured on. */
  readonly events: number
  readonly p50_ms: number
  readonly p95_ms: number
}

/** At most so many webhooks, the newest, are looked at. */
const looked = 10_000
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

/**
 * When a webhook of each module came last. The newest thousand events are exact; older ones are known to the minute,
 * by the counter the intake keeps, so that no index on modules slows the intake down.
 */
export async function readLastWebhooks(db: Db, modules: readonly string[]): Promise<ReadonlyMap<string, Date>> {
  const { rows } = await sql<{ module: string; at: Date }>`
    select module, max(at) as at from (
      select module, received_at as at
      from (select module, received_at from tds_inbox_events order by event_id desc limit 1000) newest
      union all
      select m.module, c.bucket
      from unnest(${[...modules]}::text[]) as m(module)
      cross join lateral (
        select bucket from tds_metrics
        where resolution = 'minute' and name = 'webhook_received' and label = m.module
        order by bucket desc limit 1) c
    ) seen group by module`.execute(db)
  return new Map(rows.map(({ module, at }) => [module, at]))
}

/** Event ids are UUIDv7: they begin with the time they were made, so a time is a place in the primary key. */
export function eventIdAt(at: number): string {
  const hex = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
