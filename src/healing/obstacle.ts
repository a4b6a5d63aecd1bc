import type { Entity } from '../entities/index.ts'
import type { Product, ZohoState } from '../zoho/index.ts'

/** What is left of a day for repairs to begin; the rest belongs to live work. */
const leastLeft = 0.2

/**
 * In words, why repairs that cost calls to this product would not help now, or would take what live work needs; null when
 * they may.
 */
export function obstacleOf({ configured, token, budget, products }: ZohoState, product: Product): string | null {
  const { breaker, dayLimit, dayUsed, dayRemaining } = products[product]
  if (!configured) return 'Zoho is not configured'
  if (token.pausedAt) return 'Zoho refuses our credentials'
  if (breaker !== 'closed') return `the breaker of ${product} is ${breaker === 'open' ? 'open' : 'half open'}`
  if (budget.blockedUntil) return 'Zoho asked for a pause'
  const left = dayRemaining ?? dayLimit - dayUsed
  if (left < dayLimit * leastLeft) return `${left} of the day's ${dayLimit} calls to ${product} are left`
  return null
}

/** Whose calls reading one of its records takes. */
export function productOf({ read, list }: Pick<Entity, 'read' | 'list'>): Product {
  return read && read.kind !== 'list' ? read.product : (list?.product ?? 'inventory')
}
