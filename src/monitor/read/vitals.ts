import { type Db, sql } from '../../../db/index.ts'

/** Small facts, each found by an index or in a table of a few rows. */
export interface Vitals {
  /** Database clock, milliseconds since the epoch. */
  readonly now: number
  readonly oldest_waiting_webhook_seconds: number | null
  readonly last_webhook_at: Date | null
  /** Processes whose heartbeat is younger than the threshold. */
  readonly living_processes: number
  readonly last_heartbeat_seconds: number | null
  readonly open_warnings: number
  readonly open_criticals: number
  /** Entities whose latest verify found differences. */
  readonly drifted: readonly Drift[]
  /** The row `alerts.thresholds` of `tds_configuration`, unread. */
  readonly thresholds: unknown
  /** The rows `alerts.thresholds.<name>`, by name, unread. */
  readonly own_thresholds: Readonly<Record<string, unknown>>
}

export interface Drift {
  readonly entity_type: string
  readonly differences: number
}

export async function readVitals(db: Db, entityTypes: readonly string[], heartbeatSeconds: number): Promise<Vitals> {
  const { rows } = await sql<Vitals>`
    select
      floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now,
      (select ${secondsSince(sql`received_at`)} from tds_inbox_events where status = 'received' order by event_id limit 1)
        as oldest_waiting_webhook_seconds,
      (select received_at from tds_inbox_events order by event_id desc limit 1) as last_webhook_at,
      (select count(*) from tds_processes where ${secondsSince(sql`seen_at`)} <= ${heartbeatSeconds}) as living_processes,
      (select min(${secondsSince(sql`seen_at`)}) from tds_processes) as last_heartbeat_seconds,
      (select count(*) from tds_alerts where status <> 'resolved' and severity = 'warning') as open_warnings,
      (select count(*) from tds_alerts where status <> 'resolved' and severity = 'critical') as open_criticals,
      (select coalesce(jsonb_agg(jsonb_build_object('entity_type', e.name, 'differences', r.differences)), '[]')
        from unnest(${[...entityTypes]}::text[]) as e(name)
        cross join lateral (
          select differences from tds_verify_reports where entity_type = e.name order by id desc limit 1) r
        where r.differences > 0) as drifted,
      (select coalesce(jsonb_object_agg(substring(key from 19), value), '{}')
        from tds_configuration where key like 'alerts.thresholds.%') as own_thresholds,
      (select value from tds_configuration where key = 'alerts.thresholds') as thresholds`.execute(db)
  const vitals = rows[0]
  if (!vitals) throw new Error('A select without a table always answers one row')
  return vitals
}

const secondsSince = (column: ReturnType<typeof sql>) =>
  sql`greatest(0, ceil(extract(epoch from clock_timestamp() - ${column})))::int`
