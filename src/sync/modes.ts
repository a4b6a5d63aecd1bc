import type { Entities, Entity } from '../entities/index.ts'
import { inputError } from '../errors.ts'
import type { Mode } from './types.ts'

/**
 * The entities a command means: the named ones, or without names those that the mode is made for, in the order of a
 * full sync.
 * @throws TdsError `SYNC_MODE_UNKNOWN` when a named entity has no such mode, `ENTITY_UNKNOWN`
 */
export function entitiesFor(entities: Entities, mode: Mode, names: readonly string[]): readonly Entity[] {
  for (const name of names) {
    const modes = modesOf(entities.get(name))
    if (!modes.includes(mode))
      throw inputError('SYNC_MODE_UNKNOWN', `${name} has no ${mode} sync; it has ${modes.join(', ')}`)
  }
  return entities.list().filter((entity) => (names.length > 0 ? names.includes(entity.name) : isMadeFor(mode, entity)))
}

/** What has a list can be read by change, and by its list rows for values that move without one. */
export function modesOf(entity: Entity): readonly Mode[] {
  if (entity.lane === 'image') return ['full', 'images']
  if (!entity.list) return ['full', 'sweep']
  return ['full', 'incremental', 'sweep', ...(entity.details?.when === 'changed' ? (['backfill'] as const) : [])]
}

/** A sweep without names means what moves silently: the entities that say so, and those without a list of their own. */
const isMadeFor = (mode: Mode, entity: Entity): boolean =>
  modesOf(entity).includes(mode) && (mode !== 'sweep' || entity.sweep !== undefined || !entity.list)
