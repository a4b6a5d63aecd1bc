import type { Selectable } from 'kysely'
import { type Database, type Db, sql } from '../../../db/index.ts'
import { inputError } from '../../errors.ts'
import type { EntityReport, VerifyProgress } from './types.ts'

/**
 * `done`: it was compared to the end, whatever came out · `failed`: Zoho could not be read · `cancelled`: by a person ·
 * `aborted`: its process ended before it
 */
export type VerifyState = 'running' | 'done' | 'failed' | 'cancelled' | 'aborted'

/** One comparison with Zoho: who wanted it, how far it is, what came of it. */
export interface VerifyRun
  extends Omit<Selectable<Database['tds_verify_runs']>, 'state' | 'process_id' | 'progress' | 'entities'> {
  readonly state: VerifyState
  readonly entities: readonly string[]
  /** Where it is; null before the first page and after the end. */
  readonly progress: VerifyProgress | null
  /** Of the reports that are stored: of all entities once it is done. */
  readonly differences: number
  readonly pending: number
  readonly findings: number
  readonly finding_errors: number
}

export interface VerifyRunPage {
  readonly items: readonly VerifyRun[]
  readonly total: number
  /** `after` of the next page; null at the end. */
  readonly next: string | null
}

export interface VerifyRunFilter {
  /** Those that compared this entity. */
  readonly entity?: string | undefined
  readonly state?: VerifyState | undefined
}

const columns = sql`
  r.id, r.state, r.trigger, r.actor, r.reason, r.entities, r.sample, r.all_fields, r.repair, r.cancel_requested_at,
  r.started_at, r.finished_at, r.ok, r.calls, r.error_code, r.error_message,
  case when r.state = 'running' then r.progress end as progress, s.*`

const sums = sql`
  cross join lateral (
    select coalesce(sum(v.differences), 0)::integer as differences, coalesce(sum(v.pending), 0)::integer as pending,
      coalesce(sum(v.findings), 0)::integer as findings, coalesce(sum(v.finding_errors), 0)::integer as finding_errors
    from tds_verify_reports v where v.run_id = r.id) s`

const matching = ({ entity, state }: VerifyRunFilter) => sql`
  ${entity === undefined ? sql`true` : sql`${entity} = any (r.entities)`}
  and ${state === undefined ? sql`true` : sql`r.state = ${state}`}`

/** Newest first. */
export async function listRuns(
  db: Db,
  { limit, after, ...filter }: VerifyRunFilter & { readonly limit: number; readonly after?: string | undefined },
): Promise<VerifyRunPage> {
  const [{ rows }, { rows: counted }] = await Promise.all([
    sql<VerifyRun>`
      select ${columns} from tds_verify_runs r ${sums}
      where ${matching(filter)} and ${after === undefined ? sql`true` : sql`r.id < ${after}::uuid`}
      order by r.id desc limit ${limit + 1}`.execute(db),
    sql<{ n: number }>`select count(*) as n from tds_verify_runs r where ${matching(filter)}`.execute(db),
  ])
  const items = rows.slice(0, limit)
  return { items, total: counted[0]?.n ?? 0, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

/** @throws TdsError `VERIFY_NOT_FOUND` */
export async function getRun(db: Db, id: string): Promise<VerifyRun> {
  const { rows } = await sql<VerifyRun>`
    select ${columns} from tds_verify_runs r ${sums} where r.id = ${id}::uuid`.execute(db)
  if (rows[0]) return rows[0]
  throw inputError('VERIFY_NOT_FOUND', `There is no comparison ${id}`, 404)
}

/** The newest that was compared to the end. @throws TdsError `VERIFY_NOT_FOUND` */
export async function latestRun(db: Db, entity?: string): Promise<VerifyRun> {
  const { items } = await listRuns(db, { entity, state: 'done', limit: 1 })
  if (items[0]) return items[0]
  throw inputError('VERIFY_NOT_FOUND', `Nothing was compared to the end yet${entity ? ` of ${entity}` : ''}`, 404)
}

/** What came of it, entity by entity, in the order in which they were concluded. */
export async function reportsOf(db: Db, id: string, entity?: string): Promise<readonly EntityReport[]> {
  const { rows } = await sql<{ report: EntityReport }>`
    select report from tds_verify_reports
    where run_id = ${id}::uuid and ${entity === undefined ? sql`true` : sql`entity_type = ${entity}`}
    order by id`.execute(db)
  return rows.map(({ report }) => report)
}

const keepDays = { runs: 400, differences: 60 } as const

/** Retention: the differences of old comparisons, then they themselves. */
export async function forgetOldRuns(db: Db): Promise<void> {
  await sql`
    delete from tds_verify_differences where run_id in (
      select id from tds_verify_runs where started_at < clock_timestamp() - ${keepDays.differences} * interval '1 day')`.execute(
    db,
  )
  await sql`
    delete from tds_verify_runs where started_at < clock_timestamp() - ${keepDays.runs} * interval '1 day'`.execute(db)
}
