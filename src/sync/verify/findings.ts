import { type Db, sql } from '../../../db/index.ts'
import { type Check, type Entity, tableOf } from '../../entities/index.ts'
import { findOrphans, linksOf, remedies } from './orphans.ts'
import { type RepairDeps, requestRecords, requeue } from './repair.ts'
import { mostListed, noteAsked, noteFindings, type Tally } from './tally.ts'
import type { Finding, VerifyDeps } from './types.ts'

/** A check stops counting there: whatever is wrong then, it is not this many documents. */
const mostCounted = 100_000

/** What contradicts itself within the mirror, whether or not it equals Zoho. */
export async function findContradictions({ db }: Pick<VerifyDeps, 'db'>, entity: Entity, tally: Tally): Promise<void> {
  for (const check of entity.checks ?? []) await runCheck(db, entity, check, tally)
  for (const linked of linksOf(entity)) {
    const { error, warning } = await findOrphans(db, linked)
    noteFindings(tally, error.findings, error.count)
    noteFindings(tally, warning.findings, warning.count)
  }
  for (const { table, ownerColumn } of tablesOf(entity)) await findFieldErrors(db, table, ownerColumn, tally)
}

async function runCheck(db: Db, entity: Entity, check: Check, tally: Tally): Promise<void> {
  const found = await check.find(db, mostCounted)
  if (found.length === 0) return
  const working = await inWork(
    db,
    entity,
    found.map((each) => each.source_entity_id),
  )
  const findings = found
    .filter((each) => !working.has(each.source_entity_id))
    .map((each): Finding => ({ check: check.name, severity: check.severity ?? 'error', ...each, message: check.rule }))
  noteFindings(tally, findings)
}

/** What the queue is about to change is not judged yet. */
async function inWork(db: Db, entity: Entity, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    select source_entity_id as id from tds_sync_queue_live
    where entity_type = ${entity.name}
      and source_entity_id in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`.execute(db)
  return new Set(rows.map(({ id }) => id))
}

/** The tables whose rows this entity makes; a second source makes none. */
function tablesOf(entity: Entity): readonly { table: string; ownerColumn: string }[] {
  if (entity.lane !== 'read' || entity.joins) return []
  const own = { table: tableOf(entity), ownerColumn: entity.set?.ownerColumn ?? entity.id.column }
  const made = (entity.children ?? []).filter(({ mode }) => mode !== 'fill')
  return [own, ...made.map(({ table, owner }) => ({ table, ownerColumn: owner.reference }))]
}

interface FieldError {
  readonly id: string
  readonly column: string
  readonly error: string
  readonly total: number
}

/** Values that could not be read: the record is here, that column kept what it had. */
async function findFieldErrors(db: Db, table: string, ownerColumn: string, tally: Tally): Promise<void> {
  const owner = sql.ref(ownerColumn)
  const { rows } = await sql<FieldError>`
    select t.${owner} as id, e.key as column, e.value as error, count(*) over () as total
    from ${sql.table(table)} t cross join lateral jsonb_each_text(t.field_errors) e
    where t.field_errors is not null and t.deleted_at is null
    order by t.${owner}, e.key limit ${mostListed}`.execute(db)
  const findings = rows.map(
    ({ id, column, error }): Finding => ({
      check: 'field_error',
      severity: 'warning',
      source_entity_id: id,
      expected: `a value that fits ${table}.${column}`,
      found: error,
      message: `${table}.${column} could not be read and kept what it had: ${error}`,
    }),
  )
  noteFindings(tally, findings, rows[0]?.total)
}

/** Has the missing parents of orphans read, and records whose rows lost their link written again. */
export async function repairOrphans(
  deps: RepairDeps & Pick<VerifyDeps, 'entities'>,
  entity: Entity,
  tally: Tally,
): Promise<void> {
  for (const linked of linksOf(entity)) {
    const { unknown, unlinked } = await remedies(deps.db, linked)
    const differences = unlinked.map((id) => ({ kind: 'fields' as const, source_entity_id: id }))
    noteAsked(tally, entity.name, await requeue(deps, entity, { differences, documents: new Map() }))
    const parent = deps.entities.find(linked.link.parent)
    if (!parent?.read) continue
    await requestRecords(deps, parent, unknown)
    noteAsked(tally, parent.name, unknown)
  }
}
