import { type Db, sql } from '../../db/index.ts'
import type { Entities } from '../entities/index.ts'
import { tableOf } from '../entities/index.ts'
import type { Pause } from '../pauses/index.ts'
import { pauseOf } from './held.ts'
import type { Run } from './types.ts'

/** What a run is doing, as a person who waits for it wants to know it. */
export interface RunView extends Run {
  /** Items that have not ended yet. */
  readonly unsettled: number
  /** Settled items a minute since it began; null before that. */
  readonly per_minute: number | null
  readonly seconds: number | null
}

export interface RunDetails extends RunView {
  /** Who holds it back, and why. */
  readonly paused: Pick<Pause, 'target' | 'paused_by' | 'paused_at' | 'reason'> | null
  /** Records it will be about, as far as can be known before its last page. */
  readonly expected: number | null
  readonly seconds_left: number | null
  /** Calls made for its entity since it began, documents included; a day of calls is kept. */
  readonly calls_used: number
  readonly errors: readonly RunError[]
}

export interface RunError {
  readonly source_entity_id: string
  readonly outcome: string
  readonly error_code: string | null
  readonly error_message: string | null
  readonly at: Date
  /** The open dead letter of the record. */
  readonly dead_letter_id: number | null
}

const over: readonly Run['status'][] = ['settled', 'incomplete', 'failed', 'cancelled', 'held']
export const isOver = ({ status }: Pick<Run, 'status'>): boolean => over.includes(status)

export const settledOf = ({ written, unchanged, stale, skipped, failed }: Run): number =>
  written + unchanged + stale + skipped + failed

export function viewOf(run: Run, now: Date): RunView {
  const end = isOver(run) ? (run.settled_at ?? run.changed_at) : now
  const seconds = run.status === 'queued' ? null : Math.max(0, (end.getTime() - run.started_at.getTime()) / 1000)
  const settled = settledOf(run)
  return {
    ...run,
    unsettled: run.fetched - settled,
    seconds: seconds === null ? null : Math.round(seconds * 10) / 10,
    per_minute: seconds === null || seconds === 0 ? null : Math.round((settled / seconds) * 600) / 10,
  }
}

export async function detailsOf(
  { db, entities, now }: { readonly db: Db; readonly entities: Entities; readonly now: Date },
  run: Run,
): Promise<RunDetails> {
  const view = viewOf(run, now)
  const [pause, expected, calls, errors] = await Promise.all([
    isOver(run) ? undefined : pauseOf(db, { entityType: run.entity_type, mode: run.mode, id: run.id }),
    isOver(run) ? null : expectedOf(db, entities, run),
    callsUsed(db, run),
    errorsOf(db, run.id),
  ])
  const left = expected === null ? null : Math.max(0, expected - settledOf(run))
  return {
    ...view,
    paused: pause
      ? { target: pause.target, paused_by: pause.paused_by, paused_at: pause.paused_at, reason: pause.reason }
      : null,
    expected,
    seconds_left: left === null || pause || !view.per_minute ? null : Math.ceil((left / view.per_minute) * 60),
    calls_used: calls,
    errors,
  }
}

/** As many as there were at its last look; null where only Zoho knows, as of what changed lately. */
async function expectedOf(db: Db, entities: Entities, run: Run): Promise<number | null> {
  if (run.details_limit !== null && run.mode === 'backfill') return run.details_limit
  if (run.mode === 'incremental' || run.mode === 'images') return null
  const entity = entities.get(run.entity_type)
  const { rows } = await sql<{ n: number }>`
    select count(distinct ${sql.ref(entity.id.column)}) as n from ${sql.table(tableOf(entity))}
    where deleted_at is null`.execute(db)
  return Math.max(run.fetched, rows[0]?.n ?? 0)
}

async function callsUsed(db: Db, run: Run): Promise<number> {
  const until = isOver(run) ? (run.settled_at ?? run.changed_at) : null
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from tds_zoho_calls
    where starts_with(purpose, ${`${run.entity_type}.`}) and started_at >= ${run.started_at}
      and started_at <= coalesce(${until}::timestamptz, clock_timestamp())`.execute(db)
  return rows[0]?.n ?? 0
}

const mostErrors = 50

/** The failed attempts of its items, newest first. */
async function errorsOf(db: Db, runId: number): Promise<readonly RunError[]> {
  const { rows } = await sql<RunError>`
    select g.source_entity_id, g.outcome, g.error_code, g.error_message, g.created_at as at, l.id as dead_letter_id
    from tds_sync_logs g
    left join tds_dead_letter_queue l
      on l.entity_type = g.entity_type and l.source_entity_id = g.source_entity_id and not l.resolved
    where g.run_id = ${runId} and g.error_code is not null
    order by g.id desc limit ${mostErrors}`.execute(db)
  return rows
}
