import { type Kysely, sql } from 'kysely'

/**
 * What contradicts itself, kept from one look to the next, so that it can be filtered, accepted and seen to end; comparisons
 * with Zoho as things that run, end and can be asked about; and sets of records whose repair was previewed.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await findings(db)
  await verifyRuns(db)
  await repairs(db)
}

async function findings(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tds_validations (
      id bigint generated always as identity primary key,
      started_at timestamptz not null default clock_timestamp(),
      finished_at timestamptz,
      actor text not null,
      result jsonb
    )`.execute(db)
  await sql`
    create table tds_findings (
      id bigint generated always as identity primary key,
      rule text not null,
      entity_type text not null,
      source_entity_id text not null,
      part text not null default '',
      severity text not null check (severity in ('info', 'warning', 'error')),
      message text not null,
      expected text not null,
      found text not null,
      validation_id bigint not null,
      first_seen timestamptz not null default clock_timestamp(),
      last_seen timestamptz not null default clock_timestamp(),
      resolved_at timestamptz,
      accepted_at timestamptz,
      accepted_until timestamptz,
      accepted_by text,
      accepted_reason text,
      accepted_any_value boolean not null default false,
      unique (rule, entity_type, source_entity_id, part),
      check ((accepted_at is null) = (accepted_until is null))
    )`.execute(db)
  await sql`create index idx_findings_open on tds_findings (rule, id) where resolved_at is null`.execute(db)
  await sql`create index idx_findings_record on tds_findings (source_entity_id, id)`.execute(db)
  await sql`create index idx_findings_resolved on tds_findings (resolved_at) where resolved_at is not null`.execute(db)
  await sql`
    create table tds_finding_counts (
      rule text not null,
      entity_type text not null,
      severity text not null,
      open integer not null,
      accepted integer not null,
      counted_at timestamptz not null default clock_timestamp(),
      primary key (rule, entity_type, severity)
    )`.execute(db)
}

async function verifyRuns(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tds_verify_runs (
      id uuid primary key,
      state text not null default 'running' check (state in ('running', 'done', 'failed', 'cancelled', 'aborted')),
      trigger text not null,
      actor text not null,
      reason text,
      entities text[] not null,
      sample integer,
      all_fields boolean not null default false,
      repair boolean not null default false,
      process_id uuid not null,
      progress jsonb,
      cancel_requested_at timestamptz,
      started_at timestamptz not null default clock_timestamp(),
      finished_at timestamptz,
      ok boolean,
      calls integer,
      error_code text,
      error_message text,
      check ((state = 'running') = (finished_at is null))
    )`.execute(db)
  await sql`create unique index idx_verify_runs_running on tds_verify_runs (state) where state = 'running'`.execute(db)
  await sql`
    alter table tds_verify_reports add column run_id uuid references tds_verify_runs (id) on delete cascade`.execute(db)
  await sql`create index idx_verify_reports_run on tds_verify_reports (run_id)`.execute(db)
  // All of them, where a report lists the first; with the list row that proved one, which its repair writes.
  await sql`
    create table tds_verify_differences (
      run_id uuid not null references tds_verify_runs (id) on delete cascade,
      entity_type text not null,
      source_entity_id text not null,
      kind text not null,
      is_ahead boolean not null default false,
      document jsonb,
      primary key (run_id, entity_type, source_entity_id)
    )`.execute(db)
}

async function repairs(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tds_verify_repairs (
      id uuid primary key,
      run_id uuid not null references tds_verify_runs (id) on delete cascade,
      total integer not null check (total >= 0),
      done integer not null default 0,
      actor text not null,
      reason text not null,
      created_at timestamptz not null default clock_timestamp(),
      confirmed_at timestamptz,
      finished_at timestamptz,
      cancelled_at timestamptz,
      cancelled_by text,
      check (done <= total),
      check (finished_at is null or confirmed_at is not null)
    )`.execute(db)
  await sql`create index idx_verify_repairs_open on tds_verify_repairs (confirmed_at)
    where confirmed_at is not null and finished_at is null and cancelled_at is null`.execute(db)
  await sql`
    create table tds_verify_repair_records (
      repair_id uuid not null references tds_verify_repairs (id) on delete cascade,
      position integer not null,
      entity_type text not null,
      source_entity_id text not null,
      kind text not null,
      is_ahead boolean not null default false,
      document jsonb,
      primary key (repair_id, position)
    )`.execute(db)
}
