import type { JsonObject } from '../../db/index.ts'
import type { Config } from '../config.ts'
import { TdsError } from '../errors.ts'
import type { Zoho } from '../zoho/index.ts'
import type { HookReport } from './types.ts'
import { ruleTypes } from './words.ts'

/** How a webhook proves that it is Zoho's. */
export type Proof = Pick<Config['webhook'], 'secrets' | 'key'>

/** Makes what is missing: the webhook unless it stands, then its rule. @throws TdsError with what Zoho answered */
export async function createHook(
  zoho: Pick<Zoho, 'post'>,
  hook: HookReport,
  { proof, signal }: { readonly proof: Proof; readonly signal: AbortSignal },
): Promise<{ readonly webhookId: string; readonly ruleId: string }> {
  const call = { product: hook.product, purpose: 'webhook-setup', signal }
  const webhookId =
    hook.webhookId ??
    idIn(await zoho.post({ ...call, path: '/settings/webhooks', json: webhookBody(hook, proof) }), 'webhook')
  const rule = await zoho.post({ ...call, path: '/settings/workflows', json: ruleBody(hook, webhookId) })
  return { webhookId, ruleId: idIn(rule, 'workflow') }
}

function webhookBody({ name, url, zohoEntity, entityType, event }: HookReport, { secrets, key }: Proof): JsonObject {
  const secret = secrets[0]
  return {
    webhook_name: name.slice(0, 50),
    description: `Tells TDS of ${entityType} (${event})`.slice(0, 100),
    entity: zohoEntity,
    method: 'POST',
    url,
    ...(secret !== undefined && { secret }),
    ...(secret === undefined && key !== undefined && { headers: [{ param_name: 'X-Webhook-Key', param_value: key }] }),
  }
}

const ruleBody = ({ name, zohoEntity, event }: HookReport, webhookId: string): JsonObject => ({
  workflow_name: name,
  entity: zohoEntity,
  rule_type: ruleTypes[event],
  actions: [{ action_type: 'webhook', action_id: webhookId }],
})

function idIn({ body }: { readonly body: JsonObject }, kind: 'webhook' | 'workflow'): string {
  const made = body[kind]
  const id = typeof made === 'object' && made !== null ? (made as JsonObject)[`${kind}_id`] : undefined
  if (id !== undefined && id !== null && id !== '') return String(id)
  throw new TdsError(
    'ZOHO_LIST_KEY',
    'transient',
    `Zoho made a ${kind} and did not say its id; look at it with "zoho webhooks check"`,
  )
}
