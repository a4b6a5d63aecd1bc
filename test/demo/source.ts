import type { Entities, Entity } from '../../src/entities/index.ts'
import { boundOf, type Run } from '../../src/sync/index.ts'
import type { Simulator } from '../simulator/index.ts'

/** Records of each entity as they are in the simulated Zoho. */
export function countSource(entities: Entities, { control }: Simulator): ReadonlyMap<string, number> {
  return new Map(entities.list().map((entity) => [entity.name, countOne(entity, control)]))
}

function countOne(entity: Entity, control: Simulator['control']): number {
  if (entity.lane === 'image') return control.images.expected().withImage
  if (!entity.set) return control.records.ids(resourceOf(entity)).length
  return stockRows(control)
}

/** A tracked item shows a stock at every location. */
function stockRows({ records }: Simulator['control']): number {
  const tracked = records.ids('items', ({ fields }) => fields.item_type === 'inventory')
  return tracked.length * records.ids('locations').length
}

/** The simulator names its resources as Zoho names their lists. */
const resourceOf = ({ list }: Entity): string => list?.path.split('/').at(-1) ?? ''

/**
 * The fewest calls that can bring the whole organisation here: the organisation and its currencies, and for each entity
 * what its formula says. Which documents had to be read is what the runs found due.
 */
export function lowerBound(
  entities: Entities,
  source: ReadonlyMap<string, number>,
  runs: readonly Run[],
  picturesToFetch: number,
): number {
  const all = entities.list()
  const rowsOf = (entity: Entity | undefined) => (entity ? (source.get(entity.name) ?? 0) : 0)
  const dueOf = (entity: Entity): number => {
    if (entity.lane === 'image') return picturesToFetch
    if (!entity.list) return rowsOf(all.find((other) => other.list && other.read === entity.read))
    if (entity.details?.when === 'always') return rowsOf(entity)
    return runs.filter((run) => run.entity_type === entity.name).reduce((sum, run) => sum + run.details, 0)
  }
  const bounds = all.map((entity) => boundOf(entity, { records: rowsOf(entity), due: dueOf(entity) }).calls)
  return 2 + bounds.reduce((sum, calls) => sum + calls, 0)
}
