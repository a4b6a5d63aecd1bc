import { type Db, sql } from '../../db/index.ts'
import type { Lane } from './types.ts'

/** A row of the live queue as people look at it. */
export interface LiveItem {
  readonly id: number
  readonly entity_type: string
  readonly source_entity_id: string
  readonly status: 'pending' | 'processing' | 'failed'
  readonly lane: Lane
  readonly priority: number
  readonly is_bulk: boolean
  readonly attempts: number
  readonly run_id: number | null
  readonly run_at: Date
  readonly next_retry_at: Date | null
  readonly wait_reason: string | null
  readonly error_code: string | null
  readonly error_message: string | null
  readonly created_at: Date
  readonly claimed_at: Date | null
}

export interface LiveItemFilter {
  readonly entity_type?: string | undefined
  readonly status?: LiveItem['status'] | undefined
  readonly source_entity_id?: string | undefined
  readonly wait_reason?: string | undefined
  readonly lane?: Lane | undefined
  readonly run_id?: number | undefined
}

const countedUpTo = 10_000

/** Unfinished rows, oldest first. @param after `next` of the page before */
export async function listLive(
  db: Db,
  filter: LiveItemFilter & { readonly limit: number; readonly after?: number | undefined },
): Promise<{ items: readonly LiveItem[]; total: number; next: number | null }> {
  const { limit, after = 0 } = filter
  const matching = conditionOf(filter)
  const [{ rows }, { rows: counted }] = await Promise.all([
    sql<LiveItem>`
      select id, entity_type, source_entity_id, status, lane, priority, is_bulk, attempts,
        coalesce(run_id, claimed_run_id) as run_id, run_at, next_retry_at, wait_reason, error_code, error_message,
        created_at, claimed_at
      from tds_sync_queue_live q where ${matching} and id > ${after} order by id limit ${limit + 1}`.execute(db),
    sql<{ total: number }>`
      select count(*) as total from (select from tds_sync_queue_live q where ${matching} limit ${countedUpTo}) c`.execute(
      db,
    ),
  ])
  const items = rows.slice(0, limit)
  return { items, total: counted[0]?.total ?? 0, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

function conditionOf({
  run_id,
  limit: _limit,
  after: _after,
  ...plain
}: LiveItemFilter & { limit: number; after?: number | undefined }) {
  const conditions = Object.entries(plain).flatMap(([column, value]) =>
    value === undefined ? [] : [sql`${sql.ref(`q.${column}`)} = ${value}`],
  )
  if (run_id !== undefined) conditions.push(sql`(q.run_id = ${run_id} or q.claimed_run_id = ${run_id})`)
  return conditions.length > 0 ? sql.join(conditions, sql` and `) : sql`true`
}
