import { type Db, sql } from '../../db/index.ts'
import { inputError } from '../errors.ts'
import type { History } from './shapes.ts'

export interface HistoryOptions {
  readonly from: Date
  readonly to: Date
  /** Only counters of this label: an entity, or a module for those of the webhooks. */
  readonly label?: string | undefined
}

const DAY_MS = 24 * 60 * 60 * 1000
const STEP_SECONDS = 60

/** The counters minute by minute. @throws TdsError `HISTORY_RANGE` unless 0 < to − from ≤ 24 h */
export async function readHistory(db: Db, { from, to, label }: HistoryOptions): Promise<History> {
  const length = to.getTime() - from.getTime()
  if (!(length > 0 && length <= DAY_MS)) {
    throw inputError('HISTORY_RANGE', 'from must be before to, and at most 24 hours lie between them')
  }
  const { rows } = await sql<{ bucket: Date; values: Record<string, number> }>`
    select bucket, jsonb_object_agg(name, value) as values
    from (
      select bucket, name, sum(value) as value from tds_metrics
      where resolution = 'minute' and bucket >= ${from} and bucket < ${to} ${label === undefined ? sql`` : sql`and label = ${label}`}
      group by bucket, name) minutes
    group by bucket order by bucket`.execute(db)
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    step_seconds: STEP_SECONDS,
    points: rows.map(({ bucket, values }) => ({ at: bucket.toISOString(), values })),
  }
}
