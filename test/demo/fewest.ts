import type { Entities, Entity } from '../../src/entities/index.ts'
import { boundOf, type Run } from '../../src/sync/index.ts'

/** The organisation and its currencies. */
export const organisationCalls = 2

/**
 * The fewest calls that bring each entity here, by its formula: what its list has to show is known from the simulated
 * Zoho, which documents had to be read is what the runs found due.
 */
export function fewestCalls(
  entities: Entities,
  source: ReadonlyMap<string, number>,
  runs: readonly Run[],
  picturesToFetch: number,
): ReadonlyMap<string, number> {
  const all = entities.list()
  const recordsOf = (entity: Entity | undefined) => (entity ? (source.get(entity.name) ?? 0) : 0)
  const dueOf = (entity: Entity): number => {
    if (entity.lane === 'image') return picturesToFetch
    if (!entity.list) return recordsOf(all.find((other) => other.list && other.read === entity.read))
    if (entity.details?.when === 'always') return recordsOf(entity)
    return runs.filter((run) => run.entity_type === entity.name).reduce((sum, run) => sum + run.details, 0)
  }
  return new Map(
    all.map((entity) => [entity.name, boundOf(entity, { records: recordsOf(entity), due: dueOf(entity) }).calls]),
  )
}
