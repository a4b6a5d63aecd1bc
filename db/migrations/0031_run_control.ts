import { type Kysely, sql } from 'kysely'

/** What people hold back and ask for: pauses, runs that wait their turn, tasks wanted before their time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await pauses(db)
  await runs(db)
  await sql`
    create table tds_schedule_requests (
      name text primary key,
      requested_at timestamptz not null default now(),
      requested_by text not null
    )`.execute(db)
}

async function pauses(db: Kysely<unknown>): Promise<void> {
  // The target is its own key: pausing twice is one pause, and a null never hides a second one.
  await sql`
    create table tds_pauses (
      target text primary key,
      kind text not null check (kind in ('zoho', 'runs', 'run', 'lane')),
      mode text,
      entity_type text,
      run_id bigint references tds_sync_runs (id) on delete cascade,
      lane text check (lane in ('write', 'read', 'image')),
      paused_at timestamptz not null default now(),
      paused_by text not null,
      reason text not null,
      check ((kind = 'run') = (run_id is not null)),
      check (kind = 'runs' or (mode is null and entity_type is null)),
      check (kind <> 'runs' or mode is not null or entity_type is not null),
      check (kind = 'lane' or lane is null)
    )`.execute(db)
}

async function runs(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table tds_sync_runs
      drop constraint tds_sync_runs_status_check,
      add constraint tds_sync_runs_status_check
        check (status in ('queued', 'running', 'read', 'settled', 'incomplete', 'failed', 'cancelled', 'held')),
      add column accepts_mass_change boolean not null default false,
      add column requested_by text,
      add column reason text,
      add column changed_at timestamptz not null default now()`.execute(db)
  await sql`drop index idx_sync_runs_open`.execute(db)
  await sql`create unique index idx_sync_runs_open on tds_sync_runs (entity_type, mode)
    where status in ('queued', 'running')`.execute(db)
  await sql`drop index idx_sync_runs_unsettled`.execute(db)
  await sql`create index idx_sync_runs_unsettled on tds_sync_runs (id)
    where status in ('queued', 'running', 'read')`.execute(db)
  await sql`create index idx_sync_runs_changed on tds_sync_runs (changed_at)`.execute(db)
  await sql`create index idx_sync_logs_run_errors on tds_sync_logs (run_id, id)
    where run_id is not null and error_code is not null`.execute(db)
  // Those who watch runs ask for what changed since they last looked, whoever changed it.
  await sql`
    create function tds_touch_run() returns trigger language plpgsql as $$
    begin
      new.changed_at := clock_timestamp();
      return new;
    end $$`.execute(db)
  await sql`create trigger tds_sync_runs_touch before insert or update on tds_sync_runs
    for each row execute function tds_touch_run()`.execute(db)
}
