import type { Db } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import type { Config } from '../config.ts'
import type { Entities } from '../entities/index.ts'
import { inputError, TdsError } from '../errors.ts'
import type { Product, Zoho } from '../zoho/index.ts'
import { compareHook, type Found } from './compare.ts'
import { createHook } from './create.ts'
import { readAutomation } from './read.ts'
import type { HookReport } from './types.ts'
import { wantedHooks } from './wanted.ts'

export interface WebhookSetupDeps {
  readonly db: Db
  readonly zoho: Pick<Zoho, 'pages' | 'post'>
  readonly entities: Pick<Entities, 'list'>
  readonly config: Pick<Config, 'publicUrl' | 'webhook'>
}

export interface Registration {
  /** As they are now. */
  readonly hooks: readonly HookReport[]
  /** Names of those that were made. */
  readonly created: readonly string[]
  /** Why making the rest was given up. */
  readonly refused: { readonly hook: string; readonly error: TdsError } | null
}

/** The webhooks and workflow rules at Zoho that tell TDS of changes. */
export interface WebhookSetup {
  /** Reads only. @throws TdsError `WEBHOOK_SETUP_NO_URL`, or what Zoho answered */
  check(signal: AbortSignal): Promise<readonly HookReport[]>
  /** Makes what is missing, leaves what is there, and stops at the first refusal. @throws as `check` */
  register(options: { readonly actor: string; readonly signal: AbortSignal }): Promise<Registration>
}

export function createWebhookSetup({ db, zoho, entities, config }: WebhookSetupDeps): WebhookSetup {
  return { check, register }

  async function check(signal: AbortSignal): Promise<readonly HookReport[]> {
    const wanted = wantedHooks(entities.list(), publicUrl())
    const found = new Map<Product, Found>()
    for (const product of new Set(wanted.map((hook) => hook.product)))
      found.set(product, await readAutomation(zoho, product, signal))
    return wanted.map((hook) => compareHook(hook, found.get(hook.product) ?? { webhooks: [], rules: [] }))
  }

  async function register({ actor, signal }: { actor: string; signal: AbortSignal }): Promise<Registration> {
    const created: string[] = []
    let refused: Registration['refused'] = null
    for (const hook of await check(signal)) {
      if (hook.state !== 'missing' && hook.state !== 'no_rule') continue
      try {
        const made = await createHook(zoho, hook, { proof: config.webhook, signal })
        created.push(hook.name)
        await note(actor, hook, made)
      } catch (error) {
        if (!(error instanceof TdsError)) throw error
        refused = { hook: hook.name, error }
        break
      }
    }
    return { hooks: await check(signal), created, refused }
  }

  /** Each at once: what was made at Zoho stays made, whatever comes after. */
  async function note(actor: string, { name, url, product }: HookReport, ids: object): Promise<void> {
    const entry = { actor, action: 'webhook.register', subject: name, affected: 1, after: { product, url, ...ids } }
    await db.transaction().execute((tx) => record(tx, entry))
  }

  function publicUrl(): string {
    if (config.publicUrl !== undefined) return config.publicUrl
    throw inputError('WEBHOOK_SETUP_NO_URL', 'TDS_PUBLIC_URL is not set: Zoho must know where to send webhooks')
  }
}
