import type { RuleEvent, WantedHook } from './types.ts'

/** The trigger as the API names it. Zoho documents the field, not its words: these are what its pages say. */
export const ruleTypes: Readonly<Record<RuleEvent, string>> = { edited: 'created_or_edited', deleted: 'deleted' }

/** As Zoho's pages say it. */
export const triggers: Readonly<Record<RuleEvent, string>> = { edited: 'Created or Edited', deleted: 'Deleted' }

/** A URL of somebody else's making may hold a key. */
export function masked(url: string): string {
  if (!URL.canParse(url)) return url
  const parsed = new URL(url)
  for (const name of [...parsed.searchParams.keys()]) {
    if (name !== 'event') parsed.searchParams.set(name, '***')
  }
  if (parsed.password !== '') parsed.password = '***'
  return parsed.href
}

/** What a person does on Zoho's pages where the API does not let us. */
export function manualSteps(hooks: readonly WantedHook[], how: { readonly signed: boolean }): readonly string[] {
  const proof = how.signed
    ? 'switch on "Secure this webhook" and enter the value of TDS_WEBHOOK_SECRET'
    : 'add the header X-Webhook-Key with the value of TDS_WEBHOOK_KEY'
  return [
    'By hand, in Zoho under Settings, Automation:',
    `1. Workflow Actions, Webhooks, New: name, module, URL as below; method POST; body "Default Payload"; ${proof}.`,
    '2. Workflow Rules, New: the same module; event based, trigger as below, "when any field is updated", each time;',
    '   no criteria; action: the webhook of step 1.',
    ...hooks.map(
      ({ product, label, event, name, url }) => `   ${product} · ${label} · ${triggers[event]} · ${name} · ${url}`,
    ),
  ]
}
