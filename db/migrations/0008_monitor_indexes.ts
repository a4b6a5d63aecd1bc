import { type Kysely, sql } from 'kysely'

/** Health and statistics ask for the last run of an entity; these indexes answer without reading what came before. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index idx_sync_runs_settled on tds_sync_runs (entity_type, settled_at desc) where status = 'settled'`.execute(
    db,
  )
  await sql`create index idx_sync_runs_started on tds_sync_runs (entity_type, started_at desc)`.execute(db)
}
