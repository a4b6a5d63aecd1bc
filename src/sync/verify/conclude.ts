import { sql, type Tx } from '../../../db/index.ts'
import type { Entity } from '../../entities/index.ts'
import { storableJson } from '../../runtime/index.ts'
import { repairOrphans } from './findings.ts'
import { isAhead, requeue } from './repair.ts'
import { noteAsked, type Tally, toReport } from './tally.ts'
import type { EntityReport, VerifyDeps, VerifyOptions } from './types.ts'

type Conclusion = Pick<VerifyOptions, 'repair' | 'runId'>

/** Repair, the stored report and the mark up to which the entity is proven equal. */
export async function conclude(
  deps: VerifyDeps,
  entity: Entity,
  tally: Tally,
  { repair, runId }: Conclusion,
): Promise<EntityReport> {
  if (repair) {
    noteAsked(tally, entity.name, await requeue(deps, entity, tally))
    await repairOrphans(deps, entity, tally)
  }
  const report = toReport(tally, new Date(deps.clock.now()).toISOString())
  await store(deps, tally, report, runId)
  deps.log.info(
    {
      entity: entity.name,
      differences: report.difference_count,
      pending: report.pending,
      findings: report.finding_count,
      requeued: report.requeued,
      ...(report.unread && { code: report.unread.code }),
    },
    'verified',
  )
  return report
}

async function store({ db }: VerifyDeps, tally: Tally, report: EntityReport, runId: string | undefined): Promise<void> {
  const { startedAt } = tally
  const { entity, difference_count: differences, pending, finding_count: findings, finding_errors: errors } = report
  await db.transaction().execute(async (tx) => {
    await sql`
      insert into tds_verify_reports (entity_type, started_at, differences, pending, findings, finding_errors, report, run_id)
      values (${entity}, ${startedAt}::timestamptz, ${differences}, ${pending}, ${findings}, ${errors}, ${JSON.stringify(report)}::jsonb, ${runId ?? null}::uuid)`.execute(
      tx,
    )
    if (runId !== undefined) await storeDifferences(tx, tally, runId)
    if (!isProven(report)) return
    await sql`
      insert into tds_sync_cursors as c (entity_type, verified_through) values (${entity}, ${startedAt}::timestamptz)
      on conflict (entity_type) do update set
        verified_through = greatest(c.verified_through, excluded.verified_through), updated_at = clock_timestamp()`.execute(
      tx,
    )
  })
}

/** Equal to Zoho, all of it; what contradicts itself there does so here, too. */
const isProven = ({ difference_count, pending, unread, findings }: EntityReport): boolean =>
  difference_count === 0 && pending === 0 && unread === undefined && !findings.some(({ check }) => check === 'unread')

const atOnce = 500

/** All of them, so that a repair later knows them; the report lists the first. */
async function storeDifferences(tx: Tx, { entity, differences, documents }: Tally, runId: string): Promise<void> {
  for (let from = 0; from < differences.length; from += atOnce) {
    const part = differences.slice(from, from + atOnce).map((each) => ({
      source_entity_id: each.source_entity_id,
      kind: each.kind,
      is_ahead: isAhead(each),
      document: documents.get(each.source_entity_id) ?? null,
    }))
    await sql`
      insert into tds_verify_differences (run_id, entity_type, source_entity_id, kind, is_ahead, document)
      select ${runId}::uuid, ${entity}, source_entity_id, kind, is_ahead, nullif(document, 'null')
      from jsonb_to_recordset(${storableJson(part)}::jsonb)
        as x (source_entity_id text, kind text, is_ahead boolean, document jsonb)
      on conflict (run_id, entity_type, source_entity_id) do update set is_ahead = excluded.is_ahead or tds_verify_differences.is_ahead`.execute(
      tx,
    )
  }
}
