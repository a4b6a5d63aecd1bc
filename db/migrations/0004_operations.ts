import { type Kysely, sql } from 'kysely'

/** What operators read and change: audit trail, alerts, counters, settings, living processes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tds_audit_trail (
      id bigint generated always as identity primary key,
      at timestamptz not null default now(),
      actor text not null,
      action text not null,
      subject text,
      reason text,
      affected integer,
      filter jsonb,
      before jsonb,
      after jsonb,
      request_id text
    )`.execute(db)
  await sql`create index idx_audit_trail_subject on tds_audit_trail (subject, id)`.execute(db)
  await sql`
    create table tds_alerts (
      id bigint generated always as identity primary key,
      fingerprint text not null,
      severity text not null check (severity in ('warning', 'critical')),
      status text not null default 'open' check (status in ('open', 'acknowledged', 'resolved')),
      title text not null,
      message text not null,
      detail jsonb not null default '{}',
      occurrences integer not null default 1,
      opened_at timestamptz not null default now(),
      seen_at timestamptz not null default now(),
      acknowledged_at timestamptz,
      acknowledged_by text,
      resolved_at timestamptz,
      notified_at timestamptz
    )`.execute(db)
  await sql`create unique index idx_alerts_open on tds_alerts (fingerprint) where status <> 'resolved'`.execute(db)
  // One counter is spread over slots (one per worker loop), so that settles never wait for each other's counter row.
  await sql`
    create table tds_metrics (
      bucket timestamptz not null,
      resolution text not null default 'minute' check (resolution in ('minute', 'hour')),
      name text not null,
      label text not null default '',
      slot smallint not null default 0,
      value bigint not null default 0,
      primary key (resolution, bucket, name, label, slot)
    ) with (fillfactor = 70)`.execute(db)
  await sql`
    create table tds_configuration (
      key text primary key,
      value jsonb not null,
      description text not null default '',
      updated_at timestamptz not null default now(),
      updated_by text not null default 'migration'
    )`.execute(db)
  await sql`
    create table tds_processes (
      process_id uuid primary key,
      kind text not null,
      host text not null,
      pid integer not null,
      version text not null,
      started_at timestamptz not null default now(),
      seen_at timestamptz not null default now(),
      is_leader boolean not null default false
    )`.execute(db)
}
