import { type Db, sql } from '../../../db/index.ts'

export const unfinishedStates = ['pending', 'processing', 'failed', 'dead_letter'] as const
export type UnfinishedState = (typeof unfinishedStates)[number]

export interface Unfinished {
  readonly entity_type: string
  readonly state: UnfinishedState
  readonly items: number
  readonly oldest_seconds: number
  /** Attempts in hand for longer than is usual. */
  readonly stuck: number
}

/** What is not finished, by entity and state: the live partition and the open dead letters, whatever was before. */
export async function readUnfinished(db: Db, stuckAfterSeconds: number): Promise<readonly Unfinished[]> {
  const { rows } = await sql<Unfinished>`
    select entity_type, status as state, count(*) as items, ${age(sql`min(created_at)`)} as oldest_seconds,
      count(*) filter (where status = 'processing'
        and claimed_at < clock_timestamp() - ${stuckAfterSeconds} * interval '1 second') as stuck
    from tds_sync_queue_live group by entity_type, status
    union all
    select entity_type, 'dead_letter', count(*), ${age(sql`min(created_at)`)}, 0
    from tds_dead_letter_queue where not resolved group by entity_type`.execute(db)
  return rows
}

const age = (since: ReturnType<typeof sql>) =>
  sql`greatest(0, ceil(extract(epoch from clock_timestamp() - ${since})))::int`
