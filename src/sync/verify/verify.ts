import { type Db, sql } from '../../../db/index.ts'
import type { Entity, ReadPlan } from '../../entities/index.ts'
import { compareDetails } from './details.ts'
import { compareList, countHere, namesPictures } from './lists.ts'
import { comparePictures } from './pictures.ts'
import { isUnderWay, requeue } from './repair.ts'
import { lookAgain } from './second-look.ts'
import { createTally, type Tally, toReport } from './tally.ts'
import type { EntityReport, VerifyDeps, VerifyOptions, VerifyReport } from './types.ts'

export interface Verify {
  /** @throws TdsError `ENTITY_UNKNOWN`, or what kept Zoho from being read; then nothing is stored */
  run(options: VerifyOptions): Promise<VerifyReport>
  /** Resolves when what a repair enqueued has ended, or the signal aborts. */
  repaired(report: VerifyReport, signal: AbortSignal): Promise<void>
}

/** Compares the mirror with Zoho itself and says what differs; the proof that nothing else here has to be believed. */
export function createVerify(deps: VerifyDeps): Verify {
  const { db, clock } = deps
  return {
    async run(options) {
      const chosen = choose(deps, options.entityTypes ?? [])
      const tallies = new Map<string, Tally>()
      for (const { name } of chosen) tallies.set(name, createTally(name, await databaseNow(db)))
      const calls = await compareAll(deps, chosen, tallies, options)
      const reports: EntityReport[] = []
      for (const entity of chosen) {
        const tally = tallies.get(entity.name)
        if (tally) reports.push(await conclude(deps, entity, tally, options.repair ?? false))
      }
      return { ok: reports.every((report) => report.difference_count === 0), calls, entities: reports }
    },
    async repaired(report, signal) {
      for (const { entity, differences, requeued } of report.entities) {
        if (requeued === 0) continue
        const ids = differences.map((each) => each.source_entity_id)
        while (!signal.aborted && (await isUnderWay(db, entity, ids))) await clock.sleep(100, signal)
      }
    },
  }
}

function choose({ entities }: VerifyDeps, names: readonly string[]): readonly Entity[] {
  for (const name of names) entities.get(name)
  return entities.list().filter(({ name }) => names.length === 0 || names.includes(name))
}

async function compareAll(
  deps: VerifyDeps,
  chosen: readonly Entity[],
  tallies: ReadonlyMap<string, Tally>,
  options: VerifyOptions,
): Promise<number> {
  let calls = 0
  const wantsPictures = chosen.some(({ lane }) => lane === 'image')
  let picturesAtSource: number | null = null
  for (const entity of deps.entities.list()) {
    const isChosen = tallies.has(entity.name)
    if (!entity.list || !(isChosen || (wantsPictures && namesPictures(entity)))) continue
    const tally = tallies.get(entity.name) ?? createTally(entity.name, await databaseNow(deps.db))
    calls += await compareList(deps, entity, entity.list, tally, options)
    picturesAtSource = tally.picturesAtSource ?? picturesAtSource
  }
  for (const plan of bulkPlans(chosen)) calls += await compareDetails(deps, plan, tallies, options)
  for (const entity of chosen) {
    const tally = tallies.get(entity.name)
    if (!tally) continue
    if (entity.lane === 'image') await comparePictures(deps, entity, tally, picturesAtSource, options.signal)
    else if (!entity.list) await countHere(deps.db, entity, tally)
    if (entity.lane === 'read') calls += await lookAgain(deps, entity, tally, options.signal)
  }
  return calls
}

function bulkPlans(chosen: readonly Entity[]) {
  const plans = new Set<ReadPlan & { kind: 'bulk' }>()
  for (const { read } of chosen) if (read?.kind === 'bulk') plans.add(read)
  return plans
}

/** Repair, the stored report and the mark up to which the entity is proven equal. */
async function conclude(deps: VerifyDeps, entity: Entity, tally: Tally, repair: boolean): Promise<EntityReport> {
  if (repair && tally.differences.length > 0) tally.requeued = await requeue(deps, entity, tally.differences)
  const report = toReport(tally, new Date(deps.clock.now()).toISOString())
  await deps.db.transaction().execute(async (tx) => {
    await sql`
      insert into tds_verify_reports (entity_type, started_at, differences, report)
      values (${entity.name}, ${tally.startedAt}::timestamptz, ${report.difference_count}, ${JSON.stringify(report)}::jsonb)`.execute(
      tx,
    )
    if (report.difference_count > 0 || report.pending > 0) return
    await sql`
      insert into tds_sync_cursors as c (entity_type, verified_through) values (${entity.name}, ${tally.startedAt}::timestamptz)
      on conflict (entity_type) do update set
        verified_through = greatest(c.verified_through, excluded.verified_through), updated_at = clock_timestamp()`.execute(
      tx,
    )
  })
  deps.log.info(
    { entity: entity.name, differences: report.difference_count, pending: report.pending, requeued: report.requeued },
    'verified',
  )
  return report
}

async function databaseNow(db: Db): Promise<string> {
  const { rows } = await sql<{ now: string }>`select clock_timestamp()::text as now`.execute(db)
  return rows[0]?.now ?? ''
}
