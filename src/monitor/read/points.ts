import { type Db, sql } from '../../../db/index.ts'

export interface HistoryPoint {
  readonly at: Date
  readonly name: string
  readonly value: number
}

export interface PointsOptions {
  readonly from: Date
  readonly to: Date
  /** Below an hour only minutes are read; else hours, and minutes where no hour has been made of them yet. */
  readonly stepSeconds: number
  readonly labels: readonly string[] | undefined
}

export interface Points {
  /** Database time, milliseconds since the epoch. */
  readonly now: number
  readonly points: readonly HistoryPoint[]
}

/** Sums of counters, and the highest of each gauge (over its labels it is added up), by steps of UTC. */
export async function readPoints(db: Db, { from, to, stepSeconds, labels }: PointsOptions): Promise<Points> {
  const { rows: clock } = await sql<{ now: number; rolled_up_to: Date | null }>`
    select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now,
      (select max(bucket) + interval '1 hour' from tds_metrics where resolution = 'hour') as rolled_up_to`.execute(db)
  const { now = 0, rolled_up_to: rolledUpTo = null } = clock[0] ?? {}
  const ofLabels = labels ? sql`and split_part(label, '.', 1) = any (${[...labels]}::text[])` : sql``
  const minutesFrom = stepSeconds < 3600 || rolledUpTo === null || rolledUpTo < from ? from : rolledUpTo
  const hours = sql`
    select bucket, name, kind, value from tds_metrics
    where resolution = 'hour' and bucket >= ${from} and bucket < ${minutesFrom < to ? minutesFrom : to} ${ofLabels}
    union all`
  const { rows: points } = await sql<HistoryPoint>`
    select at, name, (case kind when 'gauge' then max(value) else sum(value) end)::bigint as value
    from (
      select date_bin(${stepSeconds} * interval '1 second', bucket, timestamptz '2000-01-01 00:00:00Z') as at,
        name, kind, sum(value) as value
      from (
        ${stepSeconds < 3600 ? sql`` : hours}
        select bucket, name, kind, value from tds_metrics
        where resolution = 'minute' and bucket >= ${minutesFrom} and bucket < ${to} ${ofLabels}) counted
      group by bucket, name, kind) buckets
    group by at, name, kind`.execute(db)
  return { now, points }
}
