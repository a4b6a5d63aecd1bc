import type { Entities, Entity } from '../../src/entities/index.ts'
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
 * The fewest calls that can bring the whole organisation here: the organisation and its currencies, one call a list or
 * 200 rows of it, one a hundred details, one a picture that is not here yet.
 */
export function lowerBound(entities: Entities, source: ReadonlyMap<string, number>, picturesToFetch: number): number {
  const all = entities.list()
  const rowsOf = (entity: Entity | undefined) => (entity ? (source.get(entity.name) ?? 0) : 0)
  const lists = all.map((entity) => (entity.list ? (entity.list.paged ? Math.ceil(rowsOf(entity) / 200) : 1) : 0))
  const plans = new Set(all.map(({ read }) => read))
  const details = [...plans].map((plan) => {
    if (plan?.kind !== 'bulk') return 0
    return Math.ceil(rowsOf(all.find((entity) => entity.list && entity.read === plan)) / plan.size)
  })
  return 2 + [...lists, ...details].reduce((sum, calls) => sum + calls, 0) + picturesToFetch
}
