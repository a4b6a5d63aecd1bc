import { type Db, sql } from '../../db/index.ts'
import { type Kept, kept, others } from './kept.ts'
import { daysShape } from './kept-settings.ts'
import { rollUp } from './rollup.ts'

const batch = 5_000

/** Deletes what retention no longer keeps, in small batches, so that no statement holds locks or the disk for long. */
export async function prune(db: Db): Promise<void> {
  const days = await readDays(db)
  for (const each of kept) await repeat(() => pruneTable(db, each, daysAgo(days.get(each.name) ?? each.days)))
  await repeat(() => pruneEvents(db, daysAgo(days.get('events') ?? others.events)))
  await repeat(() => pruneDocuments(db, daysAgo(days.get('documents') ?? others.documents)))
  await rollUp(db)
}

const prefix = 'retention.'

async function readDays(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('tds_configuration')
    .select(['key', 'value'])
    .where('key', 'like', `${prefix}%`)
    .execute()
  return new Map(
    rows.flatMap(({ key, value }) => {
      const { data } = daysShape.safeParse(value)
      return data === undefined ? [] : [[key.slice(prefix.length).replace(/_days$/, ''), data] as const]
    }),
  )
}

const daysAgo = (days: number) => sql`(clock_timestamp() - ${days}::float8 * interval '1 day')`

function pruneTable(db: Db, { table, over }: Kept, old: ReturnType<typeof sql>) {
  return sql`
    delete from ${sql.table(table)} where ctid = any (array(
      select t.ctid from ${sql.table(table)} t where ${over(old)} limit ${batch}))`.execute(db)
}

/** What was promoted and has not ended, and what is parked, waits for somebody. */
function pruneEvents(db: Db, old: ReturnType<typeof sql>) {
  return sql`
    with old as (
      select event_id from tds_inbox_events
      where received_at < ${old} and (status = 'duplicate' or status = 'promoted' and settled_at is not null)
      limit ${batch}
    ), bodies as (
      delete from tds_inbox_payloads where event_id in (select event_id from old)
    )
    delete from tds_inbox_events where event_id in (select event_id from old)`.execute(db)
}

function pruneDocuments(db: Db, old: ReturnType<typeof sql>) {
  return sql`
    delete from tds_sync_documents where document_id in (
      select d.document_id from tds_sync_documents d
      where d.read_at < ${old}
        and not exists (select from tds_sync_queue_live q where q.document_id = d.document_id)
        and not exists (select from tds_dead_letter_queue l where l.document_id = d.document_id and not l.resolved)
      limit ${batch})`.execute(db)
}

async function repeat(statement: () => Promise<{ numAffectedRows?: bigint }>): Promise<void> {
  while ((await statement()).numAffectedRows === BigInt(batch)) {
    // The next batch.
  }
}
