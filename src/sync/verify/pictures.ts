import { type Db, sql } from '../../../db/index.ts'
import type { Entity } from '../../entities/index.ts'
import { takeConfirmed } from './confirm.ts'
import type { Tally } from './tally.ts'
import type { Difference, VerifyDeps } from './types.ts'

/** Coverage and readability: every picture Zoho names has its fact here, every present file is the one the fact describes. */
export async function comparePictures(
  deps: VerifyDeps,
  entity: Entity,
  tally: Tally,
  atSource: number | null,
  signal: AbortSignal,
): Promise<void> {
  const found = new Map<string, Difference>()
  const { checked, damaged } = await deps.images.verify(signal)
  for (const id of damaged) found.set(id, { kind: 'file', source_entity_id: id })
  for (let after = ''; ; ) {
    const ids = await deps.images.wanted(after, 1000)
    for (const id of ids) if (!found.has(id)) found.set(id, { kind: 'picture', source_entity_id: id })
    const last = ids.at(-1)
    if (last === undefined) break
    after = last
  }
  const byStatus = await countByStatus(deps.db, entity)
  tally.here = byStatus.present ?? 0
  tally.source = atSource
  tally.pictures = { at_source: atSource, by_status: byStatus, files_read: checked }
  await takeConfirmed(deps.db, entity, tally, [...found.values()])
}

async function countByStatus(db: Db, entity: Entity): Promise<Record<string, number>> {
  const { rows } = await sql<{ status: string; n: number }>`
    select status, count(*) as n from ${sql.table(entity.name)} where deleted_at is null group by status order by status`.execute(
    db,
  )
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]))
}
