import type { Clock } from '../runtime/index.ts'
import type { CallFacts } from './errors.ts'

/** Paths Zoho refused for their scope even with a fresh token: their 57 needs no further token for a while. */
export interface DeniedScopes {
  has(call: CallFacts): boolean
  add(call: CallFacts): void
}

export function createDeniedScopes(clock: Clock, memoryMs: number): DeniedScopes {
  const until = new Map<string, number>()
  return {
    has: (call) => (until.get(familyOf(call)) ?? 0) > clock.now(),
    add: (call) => void until.set(familyOf(call), clock.now() + memoryMs),
  }
}

/** `/items/123/image` and `/items/456/image` need the same scope. */
const familyOf = ({ product, path }: CallFacts) => `${product}${path.replaceAll(/\/\d+/g, '/:id')}`
