import { type Kysely, sql } from 'kysely'

/**
 * The sync queue: unfinished rows in one small partition, finished ones in another, both visible as `tds_sync_queue`.
 * A row that finishes is deleted from the live partition and inserted into the other in one statement, never updated
 * across them, so that `for update skip locked` meets no row that moved.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await queue(db)
  await documents(db)
  await deadLetters(db)
  await logs(db)
}

async function queue(db: Kysely<unknown>): Promise<void> {
  await sql`create sequence tds_sync_queue_id_seq`.execute(db)
  await sql`
    create table tds_sync_queue (
      id bigint not null default nextval('tds_sync_queue_id_seq'),
      entity_type text not null,
      source_entity_id text not null,
      status text not null default 'pending'
        check (status in ('pending', 'processing', 'completed', 'failed', 'dead_letter')),
      lane text not null default 'read' check (lane in ('write', 'read', 'image')),
      priority smallint not null default 5 check (priority between 1 and 9),
      is_bulk boolean not null default false,
      attempts smallint not null default 0,
      requested_version integer not null default 1,
      claimed_version integer not null default 0,
      document_id uuid,
      document_read_at timestamptz,
      run_id bigint,
      claimed_run_id bigint,
      run_at timestamptz not null default now(),
      next_retry_at timestamptz,
      wait_reason text,
      lease_token bigint not null default 0,
      lease_owner uuid,
      lease_until timestamptz,
      error_code text,
      error_message text,
      outcome text check (outcome in ('written', 'unchanged', 'stale', 'skipped', 'failed')),
      created_at timestamptz not null default now(),
      claimed_at timestamptz,
      finished_at timestamptz,
      primary key (id, status),
      check (claimed_version <= requested_version),
      check ((document_id is null) = (document_read_at is null)),
      check (status <> 'failed' or next_retry_at is not null)
    ) partition by list (status)`.execute(db)
  await sql`alter sequence tds_sync_queue_id_seq owned by tds_sync_queue.id`.execute(db)
  await sql`
    create table tds_sync_queue_live partition of tds_sync_queue for values in ('pending', 'processing', 'failed')
    with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0)`.execute(
    db,
  )
  await sql`create table tds_sync_queue_done partition of tds_sync_queue for values in ('completed', 'dead_letter')`.execute(
    db,
  )
  await sql`create index idx_sync_queue_status_created on tds_sync_queue (status, created_at)`.execute(db)
  await sql`create index idx_sync_queue_entity_source on tds_sync_queue (entity_type, source_entity_id)`.execute(db)
  // One live row per record: coalescing and "one in flight per record" are facts of the database, not of our code.
  await sql`create unique index idx_sync_queue_live_key on tds_sync_queue_live (entity_type, source_entity_id)`.execute(
    db,
  )
  await sql`create index idx_sync_queue_live_claim on tds_sync_queue_live (lane, priority, run_at, id)
    where status in ('pending', 'failed')`.execute(db)
  await sql`create index idx_sync_queue_live_lease on tds_sync_queue_live (lease_until) where status = 'processing'`.execute(
    db,
  )
  await sql`create index idx_sync_queue_live_run on tds_sync_queue_live (run_id) where run_id is not null`.execute(db)
  await sql`create index idx_sync_queue_done_finished on tds_sync_queue_done (finished_at)`.execute(db)
}

/** Documents that list pages brought: written once, joined by the writer, deleted when their queue row finishes. */
async function documents(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tds_sync_documents (
      document_id uuid primary key,
      entity_type text not null,
      source_entity_id text not null,
      source text not null,
      read_at timestamptz not null,
      document text not null
    )`.execute(db)
  await sql`create index idx_sync_documents_key on tds_sync_documents (entity_type, source_entity_id)`.execute(db)
}

async function deadLetters(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tds_dead_letter_queue (
      id bigint generated always as identity primary key,
      queue_id bigint,
      entity_type text not null,
      source_entity_id text not null,
      error_code text not null default 'UNKNOWN',
      error_message text not null default '',
      fingerprint text not null default '',
      attempts smallint not null default 0,
      priority smallint not null default 5,
      document_id uuid,
      resolved boolean not null default false,
      resolved_at timestamptz,
      resolved_by text,
      resolution_note text,
      requeued_at timestamptz,
      requeue_batch_id uuid,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db)
  await sql`create unique index idx_dead_letter_open on tds_dead_letter_queue (entity_type, source_entity_id)
    where not resolved`.execute(db)
  await sql`create index idx_dead_letter_open_created on tds_dead_letter_queue (created_at, id) where not resolved`.execute(
    db,
  )
}

async function logs(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tds_sync_logs (
      id bigint generated always as identity primary key,
      queue_id bigint,
      run_id bigint,
      entity_type text not null,
      source_entity_id text not null,
      attempt smallint not null default 1,
      outcome text not null,
      error_code text,
      error_message text,
      duration_ms integer,
      worker text,
      created_at timestamptz not null default now()
    )`.execute(db)
  await sql`create index idx_sync_logs_key on tds_sync_logs (entity_type, source_entity_id, id)`.execute(db)
  await sql`create index idx_sync_logs_created on tds_sync_logs using brin (created_at)`.execute(db)
}
