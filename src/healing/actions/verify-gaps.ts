import { sql } from '../../../db/index.ts'
import type { Entity } from '../../entities/index.ts'
import { inSerialOrder } from '../../queue/index.ts'
import { alertHeld, isMass, resolveHeld } from '../hold.ts'
import { note } from '../ledger.ts'
import { obstacleOf, productOf } from '../obstacle.ts'
import { noteTries, triable } from '../tries.ts'
import type { HealingDeps, Pass, PassOptions } from '../types.ts'

const action = 'verify-gaps'

type Deps = Pick<HealingDeps, 'db' | 'entities' | 'zoho' | 'repairGaps' | 'wake'>

interface Report {
  readonly id: number
  readonly entity_type: string
  readonly finished_at: Date
  readonly differences: number
  readonly here: number
  /** Records that differ; a report lists the first thousand. */
  readonly ids: readonly string[]
}

interface Found {
  readonly entity: Entity
  readonly report: Report
  readonly ids: readonly string[]
  readonly held: string | null
}

/**
 * What the last verify of each entity found to differ is read again, once for each report. A report that names a large
 * part of the entity is a fault of something else: it opens an alert and nothing is read.
 */
export function createGapsPass(deps: Deps) {
  return async ({ limit, dryRun }: PassOptions): Promise<Pass> => {
    const found: Found[] = []
    for (const report of await lastReports(deps)) {
      const entity = deps.entities.find(report.entity_type)
      if (entity) found.push(await judge(deps, entity, report, dryRun))
    }
    let left = limit
    let healed = 0
    for (const { entity, report, ids, held } of found) {
      const chosen = held || dryRun ? [] : ids.slice(0, left)
      if (chosen.length > 0) await readAgain(deps, entity, report, chosen)
      left -= chosen.length
      healed += chosen.length
    }
    const all = found.flatMap(({ entity: { name }, ids }) => ids.map((id) => `${name} ${id}`))
    return {
      found: all.length,
      healed,
      held: found.flatMap(({ held, ids }) => (ids.length > 0 ? (held ?? []) : []))[0] ?? null,
      samples: all.slice(0, 10),
    }
  }
}

/** The newest of each entity, while it is news. */
async function lastReports({ db }: Deps): Promise<readonly Report[]> {
  const { rows } = await sql<Report>`
    select r.id, r.entity_type, r.finished_at, r.differences, coalesce((r.report ->> 'here')::integer, 0) as here,
      coalesce((select jsonb_agg(distinct d ->> 'source_entity_id') from jsonb_array_elements(r.report -> 'differences') d),
        '[]') as ids
    from (select distinct entity_type from tds_verify_reports) e
    cross join lateral (
      select * from tds_verify_reports v where v.entity_type = e.entity_type order by v.id desc limit 1) r
    where r.finished_at > clock_timestamp() - interval '3 days'
    order by r.entity_type`.execute(db)
  return rows
}

async function judge({ db, zoho }: Deps, entity: Entity, report: Report, dryRun: boolean): Promise<Found> {
  const { name } = entity
  const { differences, here, ids, finished_at } = report
  const open = await triable(db, action, name, ids, finished_at)
  if (isMass(differences, Math.max(here, differences))) {
    const words = `verify found ${differences} differences in ${here} ${name}: look at the report before they are read again`
    if (!dryRun) await alertHeld(db, action, name, words)
    return { entity, report, ids: open, held: words }
  }
  if (!dryRun) await resolveHeld(db, action, name)
  return { entity, report, ids: open, held: open.length > 0 ? obstacleOf(await zoho.state(), productOf(entity)) : null }
}

async function readAgain(deps: Deps, { name }: Entity, { id }: Report, ids: readonly string[]): Promise<void> {
  const { db, repairGaps, wake } = deps
  await inSerialOrder(() =>
    db.transaction().execute(async (tx) => {
      await repairGaps(tx, name, ids)
      await noteTries(
        tx,
        action,
        ids.map((sourceEntityId) => ({ entityType: name, sourceEntityId })),
      )
      await note(tx, action, {
        affected: ids.length,
        subject: name,
        reason: `they differ from Zoho in verify report ${id}`,
        filter: { report: id, ids: ids.slice(0, 100) },
      })
    }),
  )
  wake()
}
