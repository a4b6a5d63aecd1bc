import { type Db, sql } from '../db/index.ts'

export interface HistorySize {
  readonly finished: number
  readonly events: number
}

/** Finished rows with their logs, webhooks, counters by minute and hour; and a live part that stays small. */
export async function seedHistory(db: Db, { finished, events }: HistorySize): Promise<void> {
  await sql`
    insert into tds_sync_queue_done (entity_type, source_entity_id, status, lane, attempts, outcome, created_at, claimed_at, finished_at)
    select 'products', (n % 50000)::text, 'completed', 'read', 1, 'written', at, at, at
    from (select n, now() - n * interval '14 days' / ${finished}::int as at from generate_series(1, ${finished}::int) n) rows`.execute(
    db,
  )
  await sql`
    insert into tds_sync_logs (queue_id, entity_type, source_entity_id, outcome, duration_ms, created_at)
    select n, 'products', (n % 50000)::text, 'written', 12, now() - (${finished}::int - n) * interval '14 days' / ${finished}::int
    from generate_series(1, ${finished}::int) n`.execute(db)
  await sql`
    insert into tds_inbox_events (event_id, received_at, module, status, entity_type, source_entity_id, requested_version, outcome, settled_at)
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
      at, 'products', 'promoted', 'products', (n % 50000)::text, 1, 'written', at + interval '150 ms'
    from (select n, now() - n * interval '14 days' / ${events}::int as at from generate_series(1, ${events}::int) n) rows`.execute(
    db,
  )
  await seedCounters(db)
  await sql`
    insert into tds_sync_queue (entity_type, source_entity_id, status, lane)
    select 'products', 'live ' || n, 'pending', 'read' from generate_series(1, 100) n`.execute(db)
  await sql`insert into products (zoho_item_id) select n::text from generate_series(1, 2221) n`.execute(db)
  await sql`vacuum analyze`.execute(db)
}

/** Two busy entities every minute, twenty quieter ones every hour, each with its histograms. */
async function seedCounters(db: Db): Promise<void> {
  const names = sql`unnest(array['written', 'unchanged', 'webhook_received', 'webhook_promoted', 'zoho_call',
    'wait_ms_le_64', 'wait_ms_le_128', 'wait_ms_le_256', 'run_ms_le_128', 'run_ms_le_256', 'lag_ms_le_512', 'lag_ms_le_1024'])`
  await sql`
    insert into tds_metrics (bucket, name, label, slot, value)
    select date_trunc('minute', now()) - m * interval '1 minute', name, label, slot, 7
    from generate_series(0, 2879) m, ${names} name, unnest(array['products', 'inventory_items']) label, generate_series(0, 1) slot`.execute(
    db,
  )
  await sql`
    insert into tds_metrics (bucket, name, kind, value)
    select date_trunc('minute', now()) - m * interval '1 minute', name, 'gauge', 3
    from generate_series(0, 2879) m, unnest(array['queue_pending', 'queue_due', 'dead_letters', 'oldest_due_seconds']) name`.execute(
    db,
  )
  await sql`
    insert into tds_metrics (resolution, bucket, name, label, value)
    select 'hour', date_trunc('hour', now()) - h * interval '1 hour', name, 'entity ' || e, 70
    from generate_series(1, 2160) h, ${names} name, generate_series(1, 22) e`.execute(db)
}
