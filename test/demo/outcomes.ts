import type { Context } from '../../src/context.ts'

/** What became of queue items, by entity. */
export interface Outcomes {
  /** Records of which at least one document was written. */
  written(entity: string): number
  /** Items that ended as skipped. */
  skipped(entity: string): number
}

/** Listens from now on. */
export function watchOutcomes({ workers }: Pick<Context, 'workers'>): Outcomes {
  const written = new Map<string, Set<string>>()
  const skipped = new Map<string, number>()
  workers.onSettled((settlements) => {
    for (const { item, outcome } of settlements) {
      const { entityType, sourceEntityId } = item
      if (outcome === 'skipped') skipped.set(entityType, (skipped.get(entityType) ?? 0) + 1)
      if (outcome === 'written') written.set(entityType, (written.get(entityType) ?? new Set()).add(sourceEntityId))
    }
  })
  return {
    written: (entity) => written.get(entity)?.size ?? 0,
    skipped: (entity) => skipped.get(entity) ?? 0,
  }
}
