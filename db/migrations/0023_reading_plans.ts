import { type Kysely, sql } from 'kysely'

/** How runs read, what a list honours, and when the tasks that belong to no entity were fired. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table tds_sync_runs
      add column strategy text check (strategy in ('filter', 'fence', 'list')),
      add column phase text not null default 'list' check (phase in ('list', 'missing', 'details')),
      add column listed integer not null default 0,
      add column details integer not null default 0,
      add column since timestamptz,
      add column details_limit integer,
      add column is_paced boolean not null default false`.execute(db)
  await sql`comment on column tds_sync_runs.strategy is 'how the list was read: by a filter, newest first to the fence, or whole'`.execute(
    db,
  )
  await sql`comment on column tds_sync_runs.since is 'documents behind list rows are read where they are as young as this'`.execute(
    db,
  )
  await sql`comment on column tds_sync_runs.is_paced is 'the planner of the day''s calls decides how many documents are read'`.execute(
    db,
  )
  await sql`
    create table tds_filter_tests (
      entity_type text not null,
      parameter text not null,
      honoured boolean not null,
      tested_at timestamptz not null default now(),
      detail text not null,
      primary key (entity_type, parameter)
    )`.execute(db)
  await sql`
    create table tds_scheduled_tasks (
      name text primary key,
      fired_at timestamptz not null default now()
    )`.execute(db)
}
