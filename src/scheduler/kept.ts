import { sql } from '../../db/index.ts'

/** Rows of a table that go when they are over and old. */
export interface Kept {
  /** A row `retention.<name>_days` in `tds_configuration` takes the place of `days`. */
  readonly name: string
  readonly days: number
  readonly table: string
  /** Which rows `t` may go; `old` is the instant before which they are old. */
  readonly over: (old: ReturnType<typeof sql>) => ReturnType<typeof sql>
}

/**
 * What is over, and how long it stays visible. Open dead letters, parked events, unresolved alerts and live rows are
 * never pruned. A run that comes every few minutes is kept for weeks, one of a night for a year.
 */
export const kept: readonly Kept[] = [
  { name: 'finished', days: 14, table: 'tds_sync_queue_done', over: (old) => sql`t.finished_at < ${old}` },
  { name: 'logs', days: 30, table: 'tds_sync_logs', over: (old) => sql`t.created_at < ${old}` },
  {
    name: 'runs',
    days: 400,
    table: 'tds_sync_runs',
    over: (old) =>
      sql`t.started_at < ${old} and t.mode in ('full', 'images') and t.status not in ('queued', 'running', 'read')`,
  },
  {
    name: 'frequent_runs',
    days: 60,
    table: 'tds_sync_runs',
    over: (old) =>
      sql`t.started_at < ${old} and t.mode not in ('full', 'images') and t.status not in ('queued', 'running', 'read')`,
  },
  { name: 'row_history', days: 90, table: 'tds_audit_trail_rows', over: (old) => sql`t.at < ${old}` },
  { name: 'audit', days: 730, table: 'tds_audit_trail_operators', over: (old) => sql`t.at < ${old}` },
  {
    name: 'dead_letters',
    days: 400,
    table: 'tds_dead_letter_queue',
    over: (old) => sql`t.resolved and t.resolved_at < ${old}`,
  },
  {
    name: 'dead_letter_batches',
    days: 400,
    table: 'tds_dlq_batches',
    over: (old) => sql`coalesce(t.finished_at, t.cancelled_at) < ${old}`,
  },
  {
    name: 'dead_letter_previews',
    days: 1,
    table: 'tds_dlq_batches',
    over: (old) => sql`t.confirmed_at is null and t.created_at < ${old}`,
  },
  {
    name: 'alerts',
    days: 400,
    table: 'tds_alerts',
    over: (old) => sql`t.status = 'resolved' and t.resolved_at < ${old}`,
  },
  { name: 'alert_deliveries', days: 90, table: 'tds_alert_deliveries', over: (old) => sql`t.ended_at < ${old}` },
  {
    // The newest of each entity says since when it is proven, however old it is.
    name: 'verify_reports',
    days: 180,
    table: 'tds_verify_reports',
    over: (old) => sql`t.finished_at < ${old} and exists (
      select from tds_verify_reports n where n.entity_type = t.entity_type and n.id > t.id)`,
  },
  {
    name: 'verify_runs',
    days: 400,
    table: 'tds_verify_runs',
    over: (old) => sql`t.started_at < ${old} and t.state <> 'running'`,
  },
  { name: 'healing_tries', days: 90, table: 'tds_healing_tries', over: (old) => sql`t.last_at < ${old}` },
  {
    // What a run leaves behind whose process died; a living one removes its own.
    name: 'seen',
    days: 2,
    table: 'tds_sync_seen',
    over: (old) => sql`not exists (
      select from tds_sync_runs r where r.id = t.run_id and (r.status in ('queued', 'running') or r.started_at >= ${old}))`,
  },
  { name: 'verify_seen', days: 2, table: 'tds_verify_seen', over: (old) => sql`t.seen_at < ${old}` },
]

/** Tables that no rule of ours prunes, and why they do not grow for ever. */
export const bounded: Readonly<Record<string, string>> = {
  tds_alert_conditions: 'one row for each rule and what it is about',
  tds_api_keys: 'people make them one by one; the trail names revoked ones',
  tds_audit_trail: 'its partitions are pruned',
  tds_configuration: 'one row for each setting',
  tds_dlq_batch_letters: 'go with their batch',
  tds_filter_tests: 'one row for each parameter of a list',
  tds_finding_counts: 'one row for each rule and entity',
  tds_findings: 'the validator removes what has been over for 90 days',
  tds_healing_passes: 'one row for each action',
  tds_inbox_events: 'pruned with their bodies after `retention.events_days`',
  tds_inbox_payloads: 'go with their event',
  tds_metrics: 'minutes are kept for two days, hours for 400',
  tds_missed_edits: 'go with their run',
  tds_pauses: 'one row for each thing that is paused now',
  tds_processes: 'those silent for a day are removed by the living',
  tds_schedule_requests: 'one row for each task',
  tds_scheduled_tasks: 'one row for each task',
  tds_sync_cursors: 'one row for each entity',
  tds_sync_documents: 'pruned after `retention.documents_days` where nothing needs them',
  tds_sync_queue: 'its finished partition is pruned',
  tds_sync_queue_live: 'one row for each record that has work',
  tds_validations: 'the validator removes those older than 90 days',
  tds_verify_differences: 'go with their run, at the latest after 60 days',
  tds_verify_repairs: 'go with their run',
  tds_verify_repair_records: 'go with their repair',
  tds_zoho_budget: 'one row for each product and the organisation',
  tds_zoho_calls: 'the budget removes them after a day, at the latest',
  tds_zoho_organization: 'one row',
  tds_zoho_token: 'one row',
}

/** What is pruned by statements of its own. */
export const others = { events: 30, documents: 1 } as const
