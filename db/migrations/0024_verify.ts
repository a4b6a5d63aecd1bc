import { type Kysely, sql } from 'kysely'

/** Findings beside the differences, and the ids a comparison has seen, so that memory does not grow with the mirror. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table tds_verify_reports
      add column pending integer not null default 0,
      add column findings integer not null default 0,
      add column finding_errors integer not null default 0`.execute(db)
  // Unlogged: worthless after a crash, and a comparison begins anew.
  await sql`
    create unlogged table tds_verify_seen (
      comparison uuid not null,
      source_entity_id text not null,
      seen_at timestamptz not null default now(),
      primary key (comparison, source_entity_id)
    )`.execute(db)
}
