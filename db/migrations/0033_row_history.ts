import { type Kysely, sql } from 'kysely'

/**
 * The change history of the mirrored rows stands in the trail beside what operators do, in a partition of its own: it
 * is larger, is kept for a shorter time, and neither is read or pruned through the other.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await partitionTheTrail(db)
  // Only the history asks for one record's lines; its other columns are not worth an index on every write.
  await sql`create index idx_audit_trail_operators_subject on tds_audit_trail_operators (subject, id)`.execute(db)
  await sql`create index idx_audit_trail_operators_actor on tds_audit_trail_operators (actor, id)`.execute(db)
  await sql`create index idx_audit_trail_operators_action on tds_audit_trail_operators (action, id)`.execute(db)
  await sql`create index idx_audit_trail_rows_subject on tds_audit_trail_rows (subject, id)`.execute(db)
  await sql`create index idx_audit_trail_at on tds_audit_trail using brin (at)`.execute(db)
  // What asked for the work, where no run did: a word such as `webhook` or `repair`.
  await sql`alter table tds_sync_queue add column cause text`.execute(db)
  await sql`select tds_grant_reader()`.execute(db)
}

async function partitionTheTrail(db: Kysely<unknown>): Promise<void> {
  await sql`alter table tds_audit_trail rename to tds_audit_trail_operators`.execute(db)
  await sql`alter table tds_audit_trail_operators add column cause jsonb`.execute(db)
  await sql`alter table tds_audit_trail_operators alter column id drop identity`.execute(db)
  await sql`alter table tds_audit_trail_operators drop constraint tds_audit_trail_pkey`.execute(db)
  for (const index of ['subject', 'actor', 'action', 'at'])
    await sql`drop index ${sql.ref(`idx_audit_trail_${index}`)}`.execute(db)
  await sql`create sequence tds_audit_trail_id_seq`.execute(db)
  await sql`select setval('tds_audit_trail_id_seq', coalesce((select max(id) from tds_audit_trail_operators), 0) + 1, false)`.execute(
    db,
  )
  await sql`
    create table tds_audit_trail (
      id bigint not null default nextval('tds_audit_trail_id_seq'),
      at timestamptz not null default now(),
      actor text not null,
      action text not null,
      subject text,
      reason text,
      affected integer,
      filter jsonb,
      before jsonb,
      after jsonb,
      request_id text,
      cause jsonb,
      primary key (id, action)
    ) partition by list (action)`.execute(db)
  await sql`alter sequence tds_audit_trail_id_seq owned by tds_audit_trail.id`.execute(db)
  await sql`create table tds_audit_trail_rows partition of tds_audit_trail
    for values in ('row.inserted', 'row.updated', 'row.deleted', 'row.restored')`.execute(db)
  await sql`alter table tds_audit_trail_operators alter column id set default nextval('tds_audit_trail_id_seq')`.execute(
    db,
  )
  await sql`alter table tds_audit_trail attach partition tds_audit_trail_operators default`.execute(db)
}
