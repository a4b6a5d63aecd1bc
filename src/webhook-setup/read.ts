import type { JsonObject } from '../../db/index.ts'
import type { Product, Zoho } from '../zoho/index.ts'
import type { Found } from './compare.ts'
import type { FoundRule, FoundWebhook } from './types.ts'

/** The webhooks and workflow rules of one product: two calls or more. @throws TdsError `ZOHO_SCOPE` and the others */
export async function readAutomation(zoho: Pick<Zoho, 'pages'>, product: Product, signal: AbortSignal): Promise<Found> {
  const all = async (path: string, listKey: string) => {
    const rows: JsonObject[] = []
    const endpoint = { product, path, listKey, paged: false }
    for await (const page of zoho.pages(endpoint, { purpose: 'webhook-setup', signal })) rows.push(...page.rows)
    return rows
  }
  const webhooks = (await all('/settings/webhooks', 'webhooks')).map(toWebhook)
  const rules = (await all('/settings/workflows', 'workflows')).map(toRule)
  return { webhooks, rules }
}

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value))

const toWebhook = (row: JsonObject): FoundWebhook => ({
  id: text(row.webhook_id),
  name: text(row.webhook_name),
  url: text(row.url),
  method: text(row.method).toUpperCase() || 'POST',
})

/** How a rule names what it does is not documented in full: ids are found under any of the names seen. */
function toRule(row: JsonObject): FoundRule {
  const actions = [row.actions, row.instant_actions, row.immediate_actions].find(Array.isArray) ?? []
  const ids = actions.flatMap((action: unknown) => {
    if (typeof action !== 'object' || action === null) return []
    const { action_id, webhook_id, id } = action as JsonObject
    return [action_id ?? webhook_id ?? id].filter((value) => value !== undefined).map(text)
  })
  return {
    id: text(row.workflow_id),
    name: text(row.workflow_name),
    entity: text(row.entity),
    ruleType: text(row.rule_type),
    active: row.is_active === true || text(row.status) === 'active',
    webhookIds: ids,
  }
}
