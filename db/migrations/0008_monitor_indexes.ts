import { type Kysely, sql } from 'kysely'

/** Health and statistics ask for the last of something; these indexes answer without reading what came before. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index idx_sync_runs_settled on tds_sync_runs (entity_type, settled_at desc) where status = 'settled'`.execute(
    db,
  )
  // Counters are updated in place, so only a new minute costs an entry here.
  await sql`create index idx_metrics_latest on tds_metrics (name, label, bucket desc) where resolution = 'minute'`.execute(
    db,
  )
}
