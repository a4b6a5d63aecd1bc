import { type Kysely, sql } from 'kysely'

/** What people were told of an alert, since when a condition holds, notices on their way, edits that no webhook told of. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // The last state a notice was made for; what an alert is now and this decide together whether one is due.
  await sql`
    alter table tds_alerts add column notified_as text not null default 'nothing'
      check (notified_as in ('nothing', 'warning', 'critical', 'resolved'))`.execute(db)
  await sql`update tds_alerts set notified_as = 'resolved' where status = 'resolved'`.execute(db)
  await sql`create index idx_alerts_told on tds_alerts (id) where notified_as in ('warning', 'critical')`.execute(db)
  await sql`
    create table tds_alert_conditions (
      fingerprint text primary key,
      breached_since timestamptz,
      calm_since timestamptz,
      check ((breached_since is null) <> (calm_since is null))
    )`.execute(db)
  await sql`
    create table tds_alert_deliveries (
      id bigint generated always as identity primary key,
      alert_id bigint not null references tds_alerts (id) on delete cascade,
      channel text not null check (channel in ('email', 'slack', 'webhook')),
      kind text not null check (kind in ('opened', 'escalated', 'reminder', 'resolved')),
      notice jsonb not null,
      status text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
      attempt integer not null default 0,
      next_attempt_at timestamptz not null default now(),
      error text,
      created_at timestamptz not null default now(),
      ended_at timestamptz,
      check ((status = 'pending') = (ended_at is null))
    )`.execute(db)
  await sql`create index idx_alert_deliveries_due on tds_alert_deliveries (next_attempt_at) where status = 'pending'`.execute(
    db,
  )
  await sql`create index idx_alert_deliveries_alert on tds_alert_deliveries (alert_id, id)`.execute(db)
  await sql`
    create table tds_missed_edits (
      run_id bigint primary key references tds_sync_runs (id) on delete cascade,
      entity_type text not null,
      missed integer not null,
      samples text[] not null default '{}',
      counted_at timestamptz not null default now()
    )`.execute(db)
  await sql`create index idx_missed_edits_counted on tds_missed_edits (counted_at)`.execute(db)
}
