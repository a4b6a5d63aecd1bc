import type { Entities, Entity } from '../entities/index.ts'
import type { Clock } from '../runtime/index.ts'
import type { Zoho, ZohoState } from '../zoho/index.ts'

export interface EstimateDeps {
  readonly entities: Pick<Entities, 'find'>
  readonly zoho: Pick<Zoho, 'state'>
  readonly clock: Pick<Clock, 'now'>
}

/** What reading records again costs, by today's budget. */
export interface Estimate {
  readonly calls: number
  /** At the rate that is allowed now, when nothing else calls; null while nothing can be called at all. */
  readonly minutes: number | null
  readonly by_entity: readonly { readonly entity_type: string; readonly records: number; readonly calls: number }[]
  /** What stands in the way, in words. */
  readonly notes: readonly string[]
}

/** @param counts records by entity */
export async function estimate(
  { entities, zoho, clock }: EstimateDeps,
  counts: ReadonlyMap<string, number>,
): Promise<Estimate> {
  const costs = [...counts].map(([entity_type, records]) => {
    const entity = entities.find(entity_type)
    return { entity_type, records, calls: callsFor(entity, records), product: productOf(entity) }
  })
  const calls = costs.reduce((sum, each) => sum + each.calls, 0)
  const state = await zoho.state()
  const blocks = blocksIn(state, clock.now())
  return {
    calls,
    minutes: calls === 0 ? 0 : blocks.length > 0 ? null : Math.ceil(calls / Math.max(1, state.budget.minuteCeiling)),
    by_entity: costs.map(({ product: _, ...cost }) => cost),
    notes: [...blocks, ...dayNotes(state, costs)],
  }
}

/** Bulk reads take many records a call, a small list all of them; anything else costs a call a record. */
export function callsFor(entity: Pick<Entity, 'lane' | 'read'> | undefined, records: number): number {
  if (!entity || entity.lane === 'image' || !entity.read) return records
  if (entity.read.kind === 'bulk') return Math.ceil(records / entity.read.size)
  return entity.read.kind === 'list' ? Math.min(1, records) : records
}

const productOf = (entity: Entity | undefined) =>
  entity?.read && entity.read.kind !== 'list' ? entity.read.product : (entity?.list?.product ?? 'inventory')

function blocksIn({ configured, token, budget }: ZohoState, now: number): string[] {
  const { blockedUntil } = budget
  return [
    ...(configured ? [] : ['Zoho is not configured: nothing is read until it is']),
    ...(token.pausedAt ? ['Zoho refuses our credentials: nothing is read until they are replaced'] : []),
    ...(blockedUntil && blockedUntil.getTime() > now
      ? [`Zoho asked for a pause until ${blockedUntil.toISOString()}`]
      : []),
  ]
}

function dayNotes(
  { products }: ZohoState,
  costs: readonly { readonly calls: number; readonly product: keyof ZohoState['products'] }[],
): string[] {
  return [...Map.groupBy(costs, ({ product }) => product)].flatMap(([product, of]) => {
    const { dayLimit, dayUsed, dayRemaining, breaker } = products[product]
    const left = dayRemaining ?? Math.max(0, dayLimit - dayUsed)
    const needed = of.reduce((sum, { calls }) => sum + calls, 0)
    return [
      ...(needed > left ? [`${needed} calls of ${product} are more than the ${left} left today: the rest waits`] : []),
      ...(breaker === 'closed' ? [] : [`${product} failed repeatedly and is tried again from time to time`]),
    ]
  })
}
