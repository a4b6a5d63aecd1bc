import { type Db, sql } from '../../db/index.ts'
import type { Context } from '../../src/context.ts'
import { TdsError } from '../../src/errors.ts'
import type { Simulator } from '../simulator/index.ts'
import { drained } from './drained.ts'

/**
 * Each start of the demo meets a Zoho that stands where its seed puts it: it knows no token of an earlier one and none
 * of the edits made there. The mirror keeps its rows; what was edited is set back by verify.
 * @returns how many records were set back
 */
export async function meetFreshZoho(ctx: Context, simulator: Simulator, signal: AbortSignal): Promise<number> {
  const { db } = ctx.database
  await refuseAnotherOrganisation(db, simulator.organizationId)
  await sql`update tds_zoho_token set access_token = null, expires_at = null, attempted_at = null, paused_at = null`.execute(
    db,
  )
  const ahead = await entitiesAhead(ctx, String(simulator.control.summary().anchor))
  if (ahead.length === 0) return 0
  await drained(ctx, signal)
  const report = await ctx.verify.run({ entityTypes: ahead, repair: true, sample: 0, signal })
  await ctx.verify.repaired(report, signal)
  simulator.control.calls.reset()
  return report.entities.reduce((sum, each) => sum + each.requeued, 0)
}

async function refuseAnotherOrganisation(db: Db, organizationId: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select organization_id as id from tds_zoho_organization where organization_id <> ${organizationId}`.execute(db)
  if (rows.length === 0) return
  throw new TdsError(
    'DEMO_FOREIGN_DATABASE',
    'input',
    `This database mirrors organisation ${rows[0]?.id}; the demo wants one of its own (DATABASE_URL, TDS_DATA_DIR)`,
  )
}

/** Entities with rows newer than the simulated history: edits of an earlier session. */
async function entitiesAhead({ database, entities }: Context, anchor: string): Promise<string[]> {
  const ahead: string[] = []
  for (const { name, views } of entities.list()) {
    if (!('zoho_last_modified_at' in (views.list?.columns ?? {}))) continue
    const { rows } = await sql`
      select from ${sql.table(name)} where zoho_last_modified_at > ${anchor}::timestamptz and deleted_at is null limit 1`.execute(
      database.db,
    )
    if (rows.length > 0) ahead.push(name)
  }
  return ahead
}
