import type { Entity } from '../entities/index.ts'
import type { RuleEvent, WantedHook } from './types.ts'

const events: readonly RuleEvent[] = ['edited', 'deleted']

/** Two webhooks for each module that has rules: a webhook's URL is what tells its event, and a rule calls one webhook. */
export function wantedHooks(entities: readonly Entity[], publicUrl: string): readonly WantedHook[] {
  return entities.flatMap(({ name, webhook: { rule, modules } }) => {
    const module = modules[0]
    if (!rule || module === undefined) return []
    return events.map((event) => ({
      product: rule.product,
      entityType: name,
      zohoEntity: rule.entity,
      label: rule.label,
      event,
      name: `TDS ${module} ${event}`,
      url: `${publicUrl}/api/tds/webhooks/${module}?event=${event}`,
    }))
  })
}
