import { type Db, sql } from '../../../db/index.ts'

export interface EntityRuns {
  /** The newest run, whatever became of it. */
  readonly last: Run | null
  /** End of the last settled complete run. */
  readonly settledAt: Date | null
  /** Start of the first run that is still known. */
  readonly firstAt: Date | null
  readonly verifiedThrough: Date | null
}

export interface Run {
  readonly id: number
  readonly mode: string
  readonly status: string
  readonly strategy: string | null
  readonly started_at: string
  readonly settled_at: string | null
  readonly fetched: number
  readonly written: number
  readonly unchanged: number
  readonly stale: number
  readonly skipped: number
  readonly failed: number
  readonly error_code: string | null
}

interface Row {
  readonly entity_type: string
  readonly last: Run | null
  readonly settled_at: Date | null
  readonly first_at: Date | null
  readonly verified_through: Date | null
}

/**
 * The newest run and the end of the last settled one, by entity. Each is the first entry of an index, so the number of
 * runs that were does not matter; ordered by id, the planner would walk the primary key through the runs of others.
 * A backfill reads details of a part, so it completes nothing.
 */
export async function readRuns(db: Db, entityTypes: readonly string[]): Promise<ReadonlyMap<string, EntityRuns>> {
  const { rows } = await sql<Row>`
    select e.name as entity_type, to_jsonb(last.*) as last, settled.settled_at, first.started_at as first_at, c.verified_through
    from unnest(${[...entityTypes]}::text[]) as e(name)
    left join lateral (
      select id, mode, status, strategy, started_at, settled_at, fetched, written, unchanged, stale, skipped, failed, error_code
      from tds_sync_runs where entity_type = e.name
      order by started_at desc limit 1) last on true
    left join lateral (
      select settled_at from tds_sync_runs
      where entity_type = e.name and status = 'settled' and mode <> 'backfill' and settled_at is not null
      order by settled_at desc limit 1) settled on true
    left join lateral (
      select started_at from tds_sync_runs where entity_type = e.name order by started_at limit 1) first on true
    left join tds_sync_cursors c on c.entity_type = e.name`.execute(db)
  return new Map(
    rows.map((row) => [
      row.entity_type,
      {
        last: row.last,
        settledAt: row.settled_at,
        firstAt: row.first_at,
        verifiedThrough: row.verified_through,
      },
    ]),
  )
}
