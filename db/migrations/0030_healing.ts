import { type Kysely, sql } from 'kysely'

/**
 * What TDS repairs by itself: one row for each action with its last pass, and what it tried how often, so that a repair
 * that does not help is not repeated for ever. What was repaired is counted from the trail's own lines.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tds_healing_passes (
      action text primary key,
      ran_at timestamptz not null default now(),
      found integer not null default 0,
      healed integer not null default 0,
      held text,
      error text,
      position text
    )`.execute(db)
  // An empty id is the entity as a whole: the probe that finds out whether its cause is gone.
  await sql`
    create table tds_healing_tries (
      action text not null,
      entity_type text not null,
      source_entity_id text not null,
      tries integer not null default 1 check (tries > 0),
      last_at timestamptz not null default now(),
      not_before timestamptz not null,
      primary key (action, entity_type, source_entity_id)
    )`.execute(db)
  await sql`create index idx_healing_tries_last on tds_healing_tries (last_at)`.execute(db)
  await sql`create index idx_audit_trail_healing on tds_audit_trail (at, action) include (affected) where actor = 'healing'`.execute(
    db,
  )
  await sql`select tds_grant_reader()`.execute(db)
}
