import { type Db, sql } from '../../db/index.ts'
import type { Task } from './timetable.ts'

export interface Starts {
  /** When each task last started, by its name. */
  readonly last: ReadonlyMap<string, Date>
  /** Entities whose list a full run is reading now. */
  readonly listing: ReadonlySet<string>
}

/**
 * A full run sees all that an incremental one or a sweep would, so it counts for them too, and they are not due before
 * the first full run.
 */
export async function readStarts(db: Db): Promise<Starts> {
  const { rows } = await sql<{ entity_type: string; mode: string; started_at: Date; is_listing: boolean }>`
    select entity_type, mode, max(started_at) as started_at,
      bool_or(mode = 'full' and status = 'running' and phase = 'list') as is_listing
    from tds_sync_runs
    where started_at > clock_timestamp() - interval '8 days' group by entity_type, mode`.execute(db)
  const last = new Map(rows.map((row) => [`${row.entity_type}.${row.mode}`, row.started_at]))
  for (const { entity_type, mode, started_at } of rows) {
    if (mode !== 'full') continue
    for (const covered of ['incremental', 'sweep', 'images']) {
      const key = `${entity_type}.${covered}`
      const known = last.get(key)
      if (!known || known < started_at) last.set(key, started_at)
    }
  }
  for (const { name, fired_at } of await firings(db)) last.set(name, fired_at)
  const listing = new Set(rows.filter(({ is_listing }) => is_listing).map(({ entity_type }) => entity_type))
  return { last, listing }
}

async function firings(db: Db): Promise<readonly { name: string; fired_at: Date }[]> {
  const { rows } = await sql<{ name: string; fired_at: Date }>`select name, fired_at from tds_scheduled_tasks`.execute(
    db,
  )
  return rows
}

/** A task that leaves no run behind is remembered here; one that is new waits for its first tick from now. */
export async function meet(db: Db, tasks: readonly Task[]): Promise<void> {
  const names = tasks.filter(({ entityType }) => entityType === null).map(({ name }) => name)
  await sql`
    insert into tds_scheduled_tasks (name) select value from jsonb_array_elements_text(${JSON.stringify(names)}::jsonb)
    on conflict do nothing`.execute(db)
}

/** Before it runs: a task that fails waits for its next tick. */
export async function markFired(db: Db, { name, entityType }: Task): Promise<void> {
  if (entityType !== null) return
  await sql`update tds_scheduled_tasks set fired_at = clock_timestamp() where name = ${name}`.execute(db)
}

/** A stop is not a failure: the next leader fires it again. */
export async function takeBack(db: Db, { name, entityType }: Task, before: Date | null): Promise<void> {
  if (entityType !== null || before === null) return
  await sql`update tds_scheduled_tasks set fired_at = ${before} where name = ${name}`.execute(db)
}

/** Takes what people want now, of a track, whether it is due or not; what the pass cannot begin is asked for again. */
export async function takeRequests(
  db: Db,
  tasks: readonly Task[],
  modes: readonly Task['mode'][],
): Promise<ReadonlySet<string>> {
  const names = tasks.filter(({ mode }) => modes.includes(mode)).map(({ name }) => name)
  const { rows } = await sql<{ name: string }>`
    delete from tds_schedule_requests where name = any (array(
      select value from jsonb_array_elements_text(${JSON.stringify(names)}::jsonb)))
    returning name`.execute(db)
  return new Set(rows.map(({ name }) => name))
}
