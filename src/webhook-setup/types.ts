import type { Product } from '../zoho/index.ts'

/** When a rule calls. `edited` stands for created and edited alike: Zoho's rules have one trigger for both. */
export type RuleEvent = 'edited' | 'deleted'

/** One webhook and the rule that calls it, as they should be. */
export interface WantedHook {
  readonly product: Product
  /** Our entity, and the module of Zoho's rules: by the API's name and the page's. */
  readonly entityType: string
  readonly zohoEntity: string
  readonly label: string
  readonly event: RuleEvent
  readonly name: string
  /** Holds no secret. */
  readonly url: string
}

/** What stands at Zoho. */
export interface FoundWebhook {
  readonly id: string
  readonly name: string
  readonly url: string
  readonly method: string
}
export interface FoundRule {
  readonly id: string
  readonly name: string
  readonly entity: string
  readonly ruleType: string
  readonly active: boolean
  readonly webhookIds: readonly string[]
}

/**
 * `present`: there and active. `missing`: no webhook goes there. `no_rule`: a webhook, called by no rule of this module.
 * `inactive`: its rule is switched off. `elsewhere`: one of our name or path goes to another host. `differs`: other
 * method or trigger.
 */
export type HookState = 'present' | 'missing' | 'no_rule' | 'inactive' | 'elsewhere' | 'differs'

export interface HookReport extends WantedHook {
  readonly state: HookState
  /** In words, what is there instead; null where that is right or nothing. */
  readonly found: string | null
  readonly webhookId: string | null
  readonly ruleId: string | null
}
