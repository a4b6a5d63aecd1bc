import { type Kysely, sql } from 'kysely'

/** Runs, cursors and the ids a full run has seen. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tds_sync_runs (
      id bigint generated always as identity primary key,
      entity_type text not null,
      mode text not null check (mode in ('full', 'incremental', 'sweep', 'images', 'backfill')),
      status text not null default 'running'
        check (status in ('running', 'read', 'settled', 'incomplete', 'failed', 'cancelled', 'held')),
      trigger text not null default 'cli',
      fetched integer not null default 0,
      written integer not null default 0,
      unchanged integer not null default 0,
      stale integer not null default 0,
      skipped integer not null default 0,
      failed integer not null default 0,
      calls integer not null default 0,
      next_page integer not null default 1,
      position text,
      modified_since timestamptz,
      modified_until timestamptz,
      owner uuid,
      lease_until timestamptz,
      error_code text,
      error_message text,
      started_at timestamptz not null default now(),
      read_at timestamptz,
      settled_at timestamptz,
      check (status <> 'settled' or fetched = written + unchanged + stale + skipped + failed),
      check (fetched >= written + unchanged + stale + skipped + failed)
    )`.execute(db)
  // Two runs of one entity and mode at once would race for the cursor.
  await sql`create unique index idx_sync_runs_open on tds_sync_runs (entity_type, mode) where status = 'running'`.execute(
    db,
  )
  await sql`create index idx_sync_runs_unsettled on tds_sync_runs (id) where status in ('running', 'read')`.execute(db)
  await sql`create index idx_sync_runs_latest on tds_sync_runs (entity_type, mode, id desc)`.execute(db)
  await sql`
    create table tds_sync_cursors (
      entity_type text primary key,
      modified_since timestamptz,
      last_complete_at timestamptz,
      last_full_at timestamptz,
      verified_through timestamptz,
      updated_at timestamptz not null default now()
    )`.execute(db)
  await sql`
    create table tds_sync_seen (
      run_id bigint not null references tds_sync_runs (id) on delete cascade,
      source_entity_id text not null,
      primary key (run_id, source_entity_id)
    )`.execute(db)
  await sql`
    create table tds_verify_reports (
      id bigint generated always as identity primary key,
      entity_type text not null,
      started_at timestamptz not null,
      finished_at timestamptz not null default now(),
      differences integer not null,
      report jsonb not null
    )`.execute(db)
  await sql`create index idx_verify_reports_latest on tds_verify_reports (entity_type, id desc)`.execute(db)
}
