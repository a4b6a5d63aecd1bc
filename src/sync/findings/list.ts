import type { Selectable } from 'kysely'
import { type Database, type Db, sql } from '../../../db/index.ts'
import { inputError } from '../../errors.ts'
import type { Severity } from './types.ts'
import type { RuleResult } from './validate.ts'

export interface StoredFinding
  extends Omit<Selectable<Database['tds_findings']>, 'validation_id' | 'severity' | 'accepted_any_value'> {
  readonly severity: Severity
  readonly state: FindingState
}

/** `accepted`: known, and silent until its day · `resolved`: no longer true */
export type FindingState = 'open' | 'accepted' | 'resolved'

export interface FindingFilter {
  readonly rule?: string | undefined
  readonly severity?: Severity | undefined
  readonly entity_type?: string | undefined
  readonly source_entity_id?: string | undefined
  /** @default open */
  readonly state?: FindingState | 'all' | undefined
}

export interface FindingPage {
  readonly items: readonly StoredFinding[]
  readonly total: number
  /** `after` of the next page; null at the end. */
  readonly next: number | null
}

export interface RuleCount {
  readonly rule: string
  readonly entity_type: string
  readonly severity: Severity
  readonly open: number
  readonly accepted: number
  readonly counted_at: Date
}

const isAccepted = sql<boolean>`coalesce(f.accepted_until > clock_timestamp(), false)`
const state = sql<FindingState>`
  case when f.resolved_at is not null then 'resolved' when ${isAccepted} then 'accepted' else 'open' end`

const columns = sql`
  f.id, f.rule, f.entity_type, f.source_entity_id, f.part, f.severity, f.message, f.expected, f.found, f.first_seen,
  f.last_seen, f.resolved_at, f.accepted_at, f.accepted_until, f.accepted_by, f.accepted_reason, ${state} as state`

/** Newest first. */
export async function listFindings(
  db: Db,
  { limit, after, ...filter }: FindingFilter & { readonly limit: number; readonly after?: number | undefined },
): Promise<FindingPage> {
  const matching = conditionOf(filter)
  const [{ rows }, { rows: counted }] = await Promise.all([
    sql<StoredFinding>`
      select ${columns} from tds_findings f
      where ${matching} and ${after === undefined ? sql`true` : sql`f.id < ${after}`}
      order by f.id desc limit ${limit + 1}`.execute(db),
    sql<{ n: number }>`select count(*) as n from tds_findings f where ${matching}`.execute(db),
  ])
  const items = rows.slice(0, limit)
  return { items, total: counted[0]?.n ?? 0, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

/** @throws TdsError `FINDING_NOT_FOUND` */
export async function getFinding(db: Db, id: number): Promise<StoredFinding> {
  const { rows } = await sql<StoredFinding>`select ${columns} from tds_findings f where f.id = ${id}`.execute(db)
  if (rows[0]) return rows[0]
  throw inputError('FINDING_NOT_FOUND', `There is no finding ${id}; one that ended is kept for 90 days`, 404)
}

/** By rule and entity, as of the last validation or acceptance. */
export async function countFindings(db: Db): Promise<readonly RuleCount[]> {
  const { rows } = await sql<RuleCount>`
    select rule, entity_type, severity, open, accepted, counted_at from tds_finding_counts
    order by array_position(array['error', 'warning', 'info'], severity), open desc, rule, entity_type`.execute(db)
  return rows
}

/** When all rules were last asked, and by whom; null before the first time. */
export async function lastValidation(db: Db) {
  const { rows } = await sql<{ id: number; finished_at: Date; actor: string }>`
    select id, finished_at, actor from tds_validations
    where finished_at is not null and (result ->> 'is_whole')::boolean order by id desc limit 1`.execute(db)
  return rows[0] ?? null
}

/** A validation as it stands. */
export interface ValidationState {
  readonly id: number
  readonly state: 'running' | 'done' | 'failed'
  readonly actor: string
  readonly started_at: Date
  readonly finished_at: Date | null
  /** The code of what ended it before its end; `STOPPED` where its process did. */
  readonly error: string | null
  /** This and what follows only once it is done. */
  readonly found: number | null
  readonly opened: number | null
  readonly resolved: number | null
  readonly rules: readonly RuleResult[] | null
}

/** No look takes as long: what is not finished by then has lost its process. */
const longest = '1 hour'

/** @throws TdsError `VALIDATION_NOT_FOUND` */
export async function getValidation(db: Db, id: number): Promise<ValidationState> {
  const error = sql`coalesce(result ->> 'error',
    case when finished_at is null and started_at < clock_timestamp() - ${longest}::interval then 'STOPPED' end)`
  const { rows } = await sql<ValidationState>`
    select id, actor, started_at, finished_at, ${error} as error,
      case when ${error} is not null then 'failed' when finished_at is null then 'running' else 'done' end as state,
      (result ->> 'found')::integer as found, (result ->> 'opened')::integer as opened,
      (result ->> 'resolved')::integer as resolved, result -> 'rules' as rules
    from tds_validations where id = ${id}`.execute(db)
  if (rows[0]) return rows[0]
  throw inputError('VALIDATION_NOT_FOUND', `There is no validation ${id}; they are kept for 90 days`, 404)
}

function conditionOf({ rule, severity, entity_type, source_entity_id, state: wanted = 'open' }: FindingFilter) {
  const parts = [
    wanted === 'resolved' ? sql`f.resolved_at is not null` : wanted === 'all' ? sql`true` : sql`f.resolved_at is null`,
    ...(wanted === 'open' ? [sql`not ${isAccepted}`] : wanted === 'accepted' ? [isAccepted] : []),
    ...(rule === undefined ? [] : [sql`f.rule = ${rule}`]),
    ...(severity === undefined ? [] : [sql`f.severity = ${severity}`]),
    ...(entity_type === undefined ? [] : [sql`f.entity_type = ${entity_type}`]),
    // A price of an item is a finding of its list; the item is part of it.
    ...(source_entity_id === undefined
      ? []
      : [sql`(f.source_entity_id = ${source_entity_id} or ${source_entity_id} = any (string_to_array(f.part, ' ')))`]),
  ]
  return sql.join(parts, sql` and `)
}
