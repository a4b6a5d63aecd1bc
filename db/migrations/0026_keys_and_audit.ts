import { type Kysely, sql } from 'kysely'

/** Keys of the API that people make and take away, and the trail found by who, what and when. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // The secret has 256 random bits, so nobody guesses it from its hash: a fast hash is enough, and a slow one would let
  // anyone who sends wrong keys spend our time.
  await sql`
    create table tds_api_keys (
      id text primary key check (id ~ '^[0-9A-Za-z]{8}$'),
      name text not null,
      hash bytea not null check (octet_length(hash) = 32),
      scopes text[] not null check (cardinality(scopes) > 0),
      created_at timestamptz not null default now(),
      created_by text not null,
      expires_at timestamptz,
      last_used_at timestamptz,
      revoked_at timestamptz,
      revoked_by text,
      revoke_reason text,
      rotated_from text references tds_api_keys (id),
      check (expires_at > created_at),
      check ((revoked_at is null) = (revoked_by is null))
    )`.execute(db)
  await sql`create index idx_api_keys_rotated_from on tds_api_keys (rotated_from)`.execute(db)
  await sql`create index idx_audit_trail_actor on tds_audit_trail (actor, id)`.execute(db)
  await sql`create index idx_audit_trail_action on tds_audit_trail (action, id)`.execute(db)
  await sql`create index idx_audit_trail_at on tds_audit_trail using brin (at)`.execute(db)
}
