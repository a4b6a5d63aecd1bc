import { type Db, sql } from '../../../db/index.ts'
import { record } from '../../audit/index.ts'
import { errorCode, inputError } from '../../errors.ts'
import { forgetOld, keep, recount } from './keep.ts'
import { type RuleSettings, readRuleSettings } from './settings.ts'
import type { FindingsDeps, Rule, RuleScope } from './types.ts'

export interface ValidateRequest {
  /** Codes; all that are not switched off without. */
  readonly rules?: readonly string[] | undefined
  readonly actor: string
  readonly signal: AbortSignal
}

export interface RuleResult {
  readonly rule: string
  /** Rows that break it now. */
  readonly found: number
  readonly opened: number
  readonly resolved: number
  /** There are more than are kept; then nothing is taken to be over. */
  readonly truncated: boolean
  /** The rule could not be asked; its findings are as they were. */
  readonly error: string | null
  readonly milliseconds: number
}

export interface Validation {
  readonly id: number
  readonly started_at: Date
  readonly finished_at: Date
  readonly found: number
  readonly opened: number
  readonly resolved: number
  readonly rules: readonly RuleResult[]
}

/** Findings of one rule in one table, at most: whatever is wrong then, it is not this many rows. */
const mostFound = 20_000

/** A validation that has its number. */
export interface Begun {
  readonly id: number
  readonly done: Promise<Validation>
}

/** Asks every rule of our own rows; Zoho is not called. @throws TdsError `FINDING_RULE_UNKNOWN` */
export async function validate(
  deps: FindingsDeps,
  rules: readonly Rule[],
  request: ValidateRequest,
): Promise<Validation> {
  return (await beginValidation(deps, rules, request)).done
}

/** Numbers it and begins; the caller waits for `done`, or not. @throws TdsError `FINDING_RULE_UNKNOWN` */
export async function beginValidation(
  deps: FindingsDeps,
  rules: readonly Rule[],
  request: ValidateRequest,
): Promise<Begun> {
  refuseUnknown(rules, request.rules)
  const settings = await readRuleSettings(deps.db)
  const { rows } = await sql<Numbered>`
    insert into tds_validations (actor) values (${request.actor}) returning id, started_at`.execute(deps.db)
  const [begun] = rows
  if (!begun) throw new Error('A validation was not numbered')
  const done = perform(deps, choose(rules, request.rules, settings.off), settings, request, begun).catch(
    async (error: unknown) => {
      await markFailed(deps.db, begun.id, error)
      throw error
    },
  )
  return { id: begun.id, done }
}

type Numbered = Pick<Validation, 'id' | 'started_at'>

async function perform(
  deps: FindingsDeps,
  chosen: readonly Rule[],
  settings: RuleSettings,
  request: ValidateRequest,
  begun: Numbered,
): Promise<Validation> {
  const { db, entities, damagedImages } = deps
  const scope = { db, entities, settings, damagedImages, limit: mostFound, signal: request.signal }
  const results: RuleResult[] = []
  for (const rule of chosen) {
    request.signal.throwIfAborted()
    results.push(await ask(deps, rule, scope, begun.id))
  }
  // What is switched off is nobody's business any more.
  await sql`
    update tds_findings set resolved_at = clock_timestamp()
    where resolved_at is null and rule in (select value from jsonb_array_elements_text(${JSON.stringify(settings.off)}::jsonb))`.execute(
    db,
  )
  const sum = (of: 'found' | 'opened' | 'resolved') => results.reduce((total, each) => total + each[of], 0)
  const totals = { found: sum('found'), opened: sum('opened'), resolved: sum('resolved'), rules: results }
  const finished_at = await db.transaction().execute(async (tx) => {
    await recount(tx)
    const { rows } = await sql<{ finished_at: Date }>`
      update tds_validations set finished_at = clock_timestamp(), result = ${JSON.stringify({ ...totals, is_whole: request.rules === undefined })}::jsonb
      where id = ${begun.id} returning finished_at`.execute(tx)
    // What the timetable asks for every night is no deed.
    if (request.actor !== 'scheduler') await record(tx, lineOf(request, begun.id, totals))
    return rows[0]?.finished_at ?? begun.started_at
  })
  await forgetOld(db)
  return { ...begun, finished_at, ...totals }
}

/** So that nobody waits for it; where the database is away, its age says the same. */
async function markFailed(db: Db, id: number, error: unknown): Promise<void> {
  await sql`
    update tds_validations set finished_at = clock_timestamp(), result = ${JSON.stringify({ error: errorCode(error) })}::jsonb
    where id = ${id} and finished_at is null`
    .execute(db)
    .catch(() => {})
}

const lineOf = (
  { actor, rules }: ValidateRequest,
  id: number,
  after: Pick<Validation, 'found' | 'opened' | 'resolved'>,
) => ({
  actor,
  action: 'findings.validate',
  subject: `validation ${id}`,
  affected: after.opened + after.resolved,
  filter: rules && { rules },
  after: { found: after.found, opened: after.opened, resolved: after.resolved },
})

/** @throws TdsError `FINDING_RULE_UNKNOWN` */
export function refuseUnknown(rules: readonly Rule[], codes: readonly string[] = []): void {
  const unknown = codes.filter((code) => !rules.some((rule) => rule.code === code))
  if (unknown.length === 0) return
  throw inputError(
    'FINDING_RULE_UNKNOWN',
    `There is no rule ${unknown.join(', ')}; there are ${rules.map(({ code }) => code).join(', ')}`,
  )
}

const choose = (rules: readonly Rule[], codes: readonly string[] | undefined, off: readonly string[]) =>
  rules.filter(({ code }) => (codes ? codes.includes(code) : true) && !off.includes(code))

/** One rule that cannot be asked does not keep the others from being. */
async function ask(
  { db, clock }: FindingsDeps,
  rule: Rule,
  scope: RuleScope,
  validationId: number,
): Promise<RuleResult> {
  const startedAt = clock.now()
  const base = { rule: rule.code, found: 0, opened: 0, resolved: 0, truncated: false, error: null }
  const since = () => Math.round(clock.now() - startedAt)
  try {
    const found = await rule.find(scope)
    const truncated = found.length >= scope.limit
    const kept = await keep(db, found, { rule: rule.code, validationId, complete: !truncated })
    return { ...base, ...kept, found: found.length, truncated, milliseconds: since() }
  } catch (error) {
    if (scope.signal.aborted) throw error
    return { ...base, error: errorCode(error), milliseconds: since() }
  }
}
