import { type Kysely, sql } from 'kysely'

/**
 * Sets of dead letters, frozen by naming each of their letters: a preview until somebody confirms it, then work with
 * progress. The indexes answer "letters of this cause" and "events of this record" without reading what came before.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tds_dlq_batches (
      id uuid primary key,
      filter jsonb not null default '{}',
      frozen_at timestamptz not null,
      total integer not null check (total >= 0),
      done integer not null default 0,
      requeued integer not null default 0,
      taken_to bigint not null default 0,
      actor text not null,
      reason text not null,
      created_at timestamptz not null default now(),
      confirmed_at timestamptz,
      finished_at timestamptz,
      cancelled_at timestamptz,
      cancelled_by text,
      check (requeued <= done and done <= total),
      check (finished_at is null or confirmed_at is not null)
    )`.execute(db)
  await sql`create index idx_dlq_batches_open on tds_dlq_batches (confirmed_at)
    where confirmed_at is not null and finished_at is null and cancelled_at is null`.execute(db)
  await sql`
    create table tds_dlq_batch_letters (
      batch_id uuid not null references tds_dlq_batches (id) on delete cascade,
      letter_id bigint not null,
      primary key (batch_id, letter_id)
    )`.execute(db)
  await sql`create index idx_dead_letter_fingerprint on tds_dead_letter_queue (fingerprint, created_at)`.execute(db)
  await sql`create index idx_dead_letter_code on tds_dead_letter_queue (error_code, id)`.execute(db)
  await sql`create index idx_dead_letter_record on tds_dead_letter_queue (source_entity_id, id)`.execute(db)
  await sql`create index idx_inbox_events_record on tds_inbox_events (entity_type, source_entity_id, event_id)
    where entity_type is not null`.execute(db)
}
