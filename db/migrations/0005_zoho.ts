import { type Kysely, sql } from 'kysely'

/** What every process must agree on before it calls Zoho: the token, the budget, the calls in flight, the organisation. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tds_zoho_token (
      id smallint primary key default 1 check (id = 1),
      access_token text,
      is_encrypted boolean not null default false,
      api_domain text,
      generation integer not null default 0,
      expires_at timestamptz,
      refreshed_at timestamptz,
      attempted_at timestamptz,
      paused_at timestamptz,
      error_code text,
      error_message text
    )`.execute(db)
  await sql`insert into tds_zoho_token (id) values (1)`.execute(db)
  // scope 'organization' holds the minute and concurrency state; 'books' and 'inventory' hold day and breaker.
  await sql`
    create table tds_zoho_budget (
      scope text primary key check (scope in ('organization', 'books', 'inventory')),
      minute_ceiling integer,
      concurrency_ceiling integer,
      ceiling_changed_at timestamptz,
      blocked_until timestamptz,
      block_code integer,
      block_count integer not null default 0,
      day_limit integer,
      day_remaining integer,
      day_used integer not null default 0,
      day_resets_at timestamptz,
      breaker_state text not null default 'closed' check (breaker_state in ('closed', 'open', 'half_open')),
      breaker_failures integer not null default 0,
      breaker_retry_at timestamptz,
      updated_at timestamptz not null default now()
    ) with (fillfactor = 50)`.execute(db)
  await sql`insert into tds_zoho_budget (scope) values ('organization'), ('books'), ('inventory')`.execute(db)
  // One row a call. It counts against the minute until held_until: the deadline of the call + 60 s when it starts,
  // 60 s after the reply once that is known. A crash therefore never frees a slot too early.
  await sql`
    create table tds_zoho_calls (
      id bigint generated always as identity primary key,
      product text not null check (product in ('books', 'inventory')),
      purpose text not null,
      is_bulk boolean not null default false,
      process_id uuid,
      started_at timestamptz not null,
      deadline_at timestamptz not null,
      finished_at timestamptz,
      held_until timestamptz not null,
      status smallint,
      error_code text
    ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)`.execute(
    db,
  )
  await sql`create index idx_zoho_calls_held on tds_zoho_calls (held_until)`.execute(db)
  await sql`
    create table tds_zoho_organization (
      id smallint primary key default 1 check (id = 1),
      organization_id text not null,
      name text not null,
      time_zone text not null,
      currency_code text not null,
      price_precision smallint not null,
      plan_name text,
      currencies jsonb not null default '{}',
      read_at timestamptz not null default now()
    )`.execute(db)
}
