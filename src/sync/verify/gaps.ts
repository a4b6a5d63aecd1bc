import type { Tx } from '../../../db/index.ts'
import type { Entity } from '../../entities/index.ts'
import { enqueue, priorities } from '../../queue/index.ts'
import { forget, hint } from './repair.ts'

/**
 * Has records that a report named read again, as bulk work. What is newer here than at the source stays as it is: that
 * is for a person's repair.
 */
export async function readGaps(tx: Tx, entity: Entity, ids: readonly string[]): Promise<void> {
  if (entity.lane === 'read') await forget(tx, entity, ids, new Set())
  const urgency = { priority: priorities.full, isBulk: true }
  await enqueue(
    tx,
    ids.map((id) => ({ ...hint(entity, id), ...urgency })),
  )
}
