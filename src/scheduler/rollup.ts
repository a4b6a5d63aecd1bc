import { type Db, sql, type Tx } from '../../db/index.ts'

/** How long counters are kept. */
const keep = { minuteHours: 48, hourDays: 400 } as const

/** A minute's counters are written within it and committed moments later; an hour is rolled up when it is surely over. */
const settlingMinutes = 5
/** Hours that are summed once more: what was committed late is found. */
const againHours = 3

/**
 * Hours from minutes, and what is too old deleted. An hour is always the whole sum of its minutes, never an addition to
 * what was there, and its minutes go only with it in one transaction: killed at any point, or run twice or by two at
 * once, it loses nothing and counts nothing twice. Counters only grow, so the greater of two sums is the right one. Of a
 * gauge the hour keeps the highest value.
 */
export async function rollUp(db: Db): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('tds rollup'))`.execute(tx)
    await sumHours(tx)
    await sql`
      delete from tds_metrics
      where resolution = 'minute' and bucket < date_trunc('hour', clock_timestamp()) - ${keep.minuteHours} * interval '1 hour'`.execute(
      tx,
    )
  })
  await sql`
    delete from tds_metrics
    where resolution = 'hour' and bucket < clock_timestamp() - ${keep.hourDays} * interval '1 day'`.execute(db)
}

async function sumHours(tx: Tx): Promise<void> {
  await sql`
    insert into tds_metrics as m (resolution, bucket, name, label, slot, kind, value)
    select 'hour', date_trunc('hour', bucket), name, label, 0, kind,
      case kind when 'gauge' then max(value) else sum(value) end
    from tds_metrics
    where resolution = 'minute'
      and bucket >= coalesce(
        (select max(bucket) - ${againHours} * interval '1 hour' from tds_metrics where resolution = 'hour'), '-infinity')
      and bucket < date_trunc('hour', clock_timestamp() - ${settlingMinutes} * interval '1 minute')
    group by date_trunc('hour', bucket), name, label, kind
    on conflict (resolution, bucket, name, label, slot) do update set value = greatest(m.value, excluded.value)`.execute(
    tx,
  )
}
