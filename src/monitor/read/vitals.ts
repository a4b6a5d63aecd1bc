import { type Db, sql } from '../../../db/index.ts'
import type { Pause } from '../../pauses/index.ts'

/** Small facts, each found by an index or in a table of a few rows. */
export interface Vitals {
  /** Database clock, milliseconds since the epoch. */
  readonly now: number
  readonly oldest_waiting_webhook_seconds: number | null
  readonly last_webhook_at: Date | null
  /** Processes whose heartbeat is younger than the threshold. */
  readonly living_processes: number
  readonly last_heartbeat_seconds: number | null
  /** Since the oldest living process started. */
  readonly oldest_process_seconds: number | null
  /** Since a process that leads was last seen; null when none of the known ones leads. */
  readonly leader_seconds: number | null
  /** Since the last attempt at an item ended, whatever came of it. */
  readonly last_attempt_seconds: number | null
  /** Failed items that are no part of bulk work. */
  readonly failed_live: number
  /** Since tasks of the timetable that leave no run behind were fired, by name. */
  readonly fired: Readonly<Record<string, number>>
  readonly open_alerts: readonly OpenAlert[]
  readonly open_warnings: number
  readonly open_criticals: number
  /** Entities whose latest verify found differences or contradictions. */
  readonly drifted: readonly Drift[]
  /** What people hold back. */
  readonly pauses: readonly PauseInForce[]
  /** The row `alerts.thresholds` of `tds_configuration`, unread. */
  readonly thresholds: unknown
  /** The rows `alerts.thresholds.<name>`, by name, unread. */
  readonly own_thresholds: Readonly<Record<string, unknown>>
}

export interface Drift {
  readonly entity_type: string
  readonly differences: number
  readonly finding_errors: number
}

/** Times inside JSON are text. */
export type PauseInForce = Omit<Pause, 'paused_at'> & { readonly paused_at: string }

export interface OpenAlert {
  readonly fingerprint: string
  readonly title: string
  readonly message: string
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
      (select max(${secondsSince(sql`started_at`)}) from tds_processes
        where ${secondsSince(sql`seen_at`)} <= ${heartbeatSeconds}) as oldest_process_seconds,
      (select min(${secondsSince(sql`seen_at`)}) from tds_processes where is_leader) as leader_seconds,
      (select ${secondsSince(sql`created_at`)} from tds_sync_logs order by id desc limit 1) as last_attempt_seconds,
      (select count(*) from tds_sync_queue_live where status = 'failed' and not is_bulk) as failed_live,
      (select coalesce(jsonb_object_agg(name, ${secondsSince(sql`fired_at`)}), '{}') from tds_scheduled_tasks) as fired,
      (select coalesce(jsonb_agg(jsonb_build_object('fingerprint', fingerprint, 'title', title, 'message', message) order by id), '[]')
        from tds_alerts where status <> 'resolved') as open_alerts,
      (select count(*) from tds_alerts where status <> 'resolved' and severity = 'warning') as open_warnings,
      (select count(*) from tds_alerts where status <> 'resolved' and severity = 'critical') as open_criticals,
      (select coalesce(jsonb_agg(jsonb_build_object('entity_type', e.name, 'differences', r.differences,
          'finding_errors', r.finding_errors)), '[]')
        from unnest(${[...entityTypes]}::text[]) as e(name)
        cross join lateral (
          select differences, finding_errors from tds_verify_reports where entity_type = e.name order by id desc limit 1) r
        where r.differences > 0 or r.finding_errors > 0) as drifted,
      (select coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object('paused_at',
          to_char(p.paused_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by p.paused_at), '[]')
        from tds_pauses p where p.kind <> 'run'
          or exists (select from tds_sync_runs r where r.id = p.run_id and r.status in ('queued', 'running'))) as pauses,
      (select coalesce(jsonb_object_agg(substring(key from 19), value), '{}')
        from tds_configuration where key like 'alerts.thresholds.%') as own_thresholds,
      (select value from tds_configuration where key = 'alerts.thresholds') as thresholds`.execute(db)
  const vitals = rows[0]
  if (!vitals) throw new Error('A select without a table always answers one row')
  return vitals
}

const secondsSince = (column: ReturnType<typeof sql>) =>
  sql`greatest(0, ceil(extract(epoch from clock_timestamp() - ${column})))::int`
