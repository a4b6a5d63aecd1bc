import { type Kysely, sql } from 'kysely'

/**
 * Counters also hold histograms (`<name>_le_<upper bound in ms>`, bounds are powers of two) and gauges: what was there
 * at one moment, of which an hour keeps the highest.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table tds_metrics add column kind text not null default 'count' check (kind in ('count', 'gauge'))`.execute(
    db,
  )
  // When a module's webhook came last, however long ago, without reading the hours in between.
  await sql`create index idx_metrics_webhooks on tds_metrics (bucket, label) where name = 'webhook_received'`.execute(
    db,
  )
  // The highest bucket takes everything above 37 hours.
  await sql`
    create function tds_histogram_le(ms double precision) returns text language sql immutable strict as $$
      select (1::bigint << least(28, greatest(0, ceil(log(2, greatest(ms, 1)::numeric) - 0.000001)))::integer)::text
    $$`.execute(db)
}
