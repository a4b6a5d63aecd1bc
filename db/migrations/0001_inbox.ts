import { type Kysely, sql } from 'kysely'

/** What Zoho sent. `tds_inbox_events` is narrow and changes; `tds_inbox_payloads` holds the bytes and never does. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tds_inbox_events (
      event_id uuid primary key,
      received_at timestamptz not null default now(),
      module text not null,
      event text,
      method text not null default 'POST',
      status text not null default 'received' check (status in ('received', 'promoted', 'duplicate', 'parked')),
      reason text,
      idempotency_key text not null default '',
      duplicate_of uuid,
      entity_type text,
      source_entity_id text,
      requested_version integer,
      outcome text check (outcome in ('written', 'unchanged', 'stale', 'skipped', 'failed')),
      settled_at timestamptz,
      check (status <> 'parked' or reason is not null),
      check (status <> 'duplicate' or duplicate_of is not null)
    ) with (fillfactor = 85)`.execute(db)
  await sql`create index idx_inbox_events_waiting on tds_inbox_events (event_id) where status = 'received'`.execute(db)
  await sql`create index idx_inbox_events_parked on tds_inbox_events (event_id) where status = 'parked'`.execute(db)
  await sql`create index idx_inbox_events_repeat on tds_inbox_events (idempotency_key, event_id)
    where status in ('received', 'promoted')`.execute(db)
  await sql`create index idx_inbox_events_unsettled on tds_inbox_events (entity_type, source_entity_id)
    where status = 'promoted' and settled_at is null`.execute(db)
  await sql`
    create table tds_inbox_payloads (
      event_id uuid primary key references tds_inbox_events (event_id) on delete cascade,
      body bytea not null,
      sha256 bytea not null,
      content_type text,
      headers jsonb not null default '{}',
      query jsonb not null default '{}',
      source_address text,
      auth_method text not null,
      request_id text
    )`.execute(db)
  // lz4 makes a 2 KB insert about 1.5 times faster than pglz, but not every server is built with it.
  await sql`
    do $$ begin
      alter table tds_inbox_payloads alter column body set compression lz4;
    exception when others then null;
    end $$`.execute(db)
}
