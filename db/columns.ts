import { sql } from 'kysely'

/**
 * The columns every mirrored row has, parents and lines alike; `hashes` is one content hash per source view, so each
 * compares only what it owns. Migrations that ran are history: this is never changed, only followed by another.
 */
export const mirrored = sql`
  zoho_data jsonb not null default '{}',
  hashes jsonb not null default '{}',
  field_errors jsonb,
  zoho_created_at timestamptz,
  zoho_last_modified_at timestamptz,
  zoho_read_at timestamptz not null default now(),
  synced_at timestamptz not null default now(),
  deleted_at timestamptz`

/** A record whose lines come with a document of its own: whether that document still has to be read. */
export const detailDue = sql`detail_due boolean not null default true`
