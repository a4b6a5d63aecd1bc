import { readAgain } from '../dead-letters/index.ts'
import { createHealing, type Healing } from '../healing/index.ts'
import { entityType } from '../images/index.ts'
import { readGaps } from '../sync/index.ts'
import type { Core } from './core.ts'
import type { Mirror } from './mirror.ts'

/** Healing asks the rooms that know how; it has no way of its own to write a row. */
export function healingOf({ database: { db }, entities, clock, log }: Core, mirror: Mirror): Healing {
  const { zoho, images, scheduler, wake } = mirror
  return createHealing({
    db,
    entities,
    zoho,
    clock,
    log,
    wake,
    isLeader: () => scheduler.isLeader,
    readAgain: (tx, letters) => readAgain(tx, entities, letters, { batchId: null, isBulk: true }),
    repairGaps: (tx, name, ids) => readGaps(tx, entities.get(name), ids),
    images: { entityType, verifySome: images.verifySome, pausedUntil: images.pausedUntil },
  })
}
