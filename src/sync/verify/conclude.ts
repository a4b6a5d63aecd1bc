import { sql } from '../../../db/index.ts'
import type { Entity } from '../../entities/index.ts'
import { repairOrphans } from './findings.ts'
import { requeue } from './repair.ts'
import { noteAsked, type Tally, toReport } from './tally.ts'
import type { EntityReport, VerifyDeps } from './types.ts'

/** Repair, the stored report and the mark up to which the entity is proven equal. */
export async function conclude(deps: VerifyDeps, entity: Entity, tally: Tally, repair: boolean): Promise<EntityReport> {
  if (repair) {
    noteAsked(tally, entity.name, await requeue(deps, entity, tally))
    await repairOrphans(deps, entity, tally)
  }
  const report = toReport(tally, new Date(deps.clock.now()).toISOString())
  await store(deps, tally, report)
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

async function store({ db }: VerifyDeps, { startedAt }: Tally, report: EntityReport): Promise<void> {
  const { entity, difference_count: differences, pending, finding_count: findings, finding_errors: errors } = report
  await db.transaction().execute(async (tx) => {
    await sql`
      insert into tds_verify_reports (entity_type, started_at, differences, pending, findings, finding_errors, report)
      values (${entity}, ${startedAt}::timestamptz, ${differences}, ${pending}, ${findings}, ${errors}, ${JSON.stringify(report)}::jsonb)`.execute(
      tx,
    )
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
