import type { FoundRule, FoundWebhook, HookReport, HookState, WantedHook } from './types.ts'
import { masked, ruleTypes } from './words.ts'

export interface Found {
  readonly webhooks: readonly FoundWebhook[]
  readonly rules: readonly FoundRule[]
}

/** What stands at Zoho beside what is wanted. A webhook is known by where it goes; a key in its query does not matter. */
export function compareHook(wanted: WantedHook, { webhooks, rules }: Found): HookReport {
  const report = (state: HookState, found: string | null, webhook?: FoundWebhook, rule?: FoundRule): HookReport => ({
    ...wanted,
    state,
    found,
    webhookId: webhook?.id ?? null,
    ruleId: rule?.id ?? null,
  })
  const webhook = webhooks.find(({ url }) => sameTarget(url, wanted.url))
  if (!webhook) {
    const stranger = webhooks.find(({ name, url }) => name === wanted.name || samePath(url, wanted.url))
    return stranger ? report('elsewhere', masked(stranger.url), stranger) : report('missing', null)
  }
  const calling = rules.filter(
    ({ webhookIds, entity }) => webhookIds.includes(webhook.id) && entity === wanted.zohoEntity,
  )
  const rule = calling.find(({ active }) => active) ?? calling[0]
  if (!rule) return report('no_rule', `webhook "${webhook.name}" is called by no rule`, webhook)
  if (webhook.method !== 'POST') return report('differs', `method ${webhook.method}`, webhook, rule)
  if (!rule.active) return report('inactive', `rule "${rule.name}" is switched off`, webhook, rule)
  if (rule.ruleType !== ruleTypes[wanted.event]) return report('differs', `trigger ${rule.ruleType}`, webhook, rule)
  return report('present', null, webhook, rule)
}

function sameTarget(found: string, wanted: string): boolean {
  const event = (url: string) => new URL(url).searchParams.get('event')
  return samePath(found, wanted) && new URL(found).host === new URL(wanted).host && event(found) === event(wanted)
}

function samePath(found: string, wanted: string): boolean {
  if (!URL.canParse(found)) return false
  const [a, b] = [new URL(found), new URL(wanted)]
  return a.pathname === b.pathname && a.searchParams.get('event') === b.searchParams.get('event')
}
