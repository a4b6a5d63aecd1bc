import type { Context } from '../../../context.ts'
import { TdsError } from '../../../errors.ts'
import { createWebhookSetup, type HookReport, type HookState, manualSteps } from '../../../webhook-setup/index.ts'
import { scopesToCreate } from '../../../zoho/index.ts'
import type { Terminal } from '../../command.ts'
import { withContext } from '../../session.ts'
import { formatTable } from '../../table.ts'

const stateWords: Readonly<Record<HookState, string>> = {
  present: 'there',
  missing: 'missing',
  no_rule: 'no rule calls it',
  inactive: 'switched off',
  elsewhere: 'leads elsewhere',
  differs: 'differs',
}

/** Reads only. */
export function checkHooks(terminal: Terminal): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const hooks = await createWebhookSetup(setupOf(ctx)).check(terminal.signal)
    const good = hooks.every(({ state }) => state === 'present')
    table(terminal, hooks)
    terminal.out.line(
      good ? 'All are there and lead here.' : 'npm run tds -- zoho webhooks register makes the missing ones.',
    )
    terminal.out.document({ ok: good, hooks })
    return good ? 0 : 1
  })
}

export function registerHooks(terminal: Terminal, apply: boolean): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async (ctx) =>
    apply ? make(terminal, ctx) : preview(terminal, ctx),
  )
}

async function preview({ out, signal }: Terminal, ctx: Context): Promise<number> {
  const hooks = await createWebhookSetup(setupOf(ctx)).check(signal)
  const missing = hooks.filter(isMissing)
  table({ out }, hooks)
  const proof = isSigned(ctx) ? 'signed with TDS_WEBHOOK_SECRET (***)' : 'with the header X-Webhook-Key (***)'
  out.line(
    `Would make ${missing.length} webhooks with their rules, ${proof}, and leave the other ${hooks.length - missing.length}.`,
  )
  out.line('Nothing was changed; --apply makes them.')
  out.document({ applied: false, would_create: missing.map(({ name }) => name), hooks })
  return 0
}

async function make({ out, signal }: Terminal, ctx: Context): Promise<number> {
  const { hooks, created, refused } = await createWebhookSetup(setupOf(ctx)).register({ actor: 'cli', signal })
  table({ out }, hooks)
  out.line(`${created.length} made.`)
  const others = hooks.filter((hook) => hook.state !== 'present' && !isMissing(hook))
  if (others.length > 0)
    out.line(
      `${others.length} are left as they are, and are not right: change or delete them on Zoho's pages, then register again.`,
    )
  const missing = hooks.filter(isMissing)
  if (refused) {
    out.line(`Zoho refused ${refused.hook}: ${refused.error.message}`)
    if (refused.error.code === 'ZOHO_SCOPE')
      out.line(`The token lacks ${scopesToCreate.join(' or ')}; zoho auth makes one that has it.`)
    for (const line of manualSteps(missing, { signed: isSigned(ctx) })) out.line(line)
  }
  const error = refused && { hook: refused.hook, code: refused.error.code, message: refused.error.message }
  const manual = refused ? manualSteps(missing, { signed: isSigned(ctx) }) : []
  out.document({ applied: true, created, refused: error, manual, hooks })
  return hooks.every(({ state }) => state === 'present') ? 0 : 1
}

const isMissing = ({ state }: HookReport): boolean => state === 'missing' || state === 'no_rule'
const isSigned = ({ config }: Context): boolean => config.webhook.secrets.length > 0

function setupOf({ database, zoho, entities, config }: Context) {
  if (config.webhook.secrets.length === 0 && config.webhook.key === undefined)
    throw new TdsError(
      'WEBHOOK_SETUP_NO_SECRET',
      'permanent',
      'Set TDS_WEBHOOK_SECRET first: without it or a key TDS admits no webhook',
    )
  return { db: database.db, zoho, entities, config }
}

function table({ out }: Pick<Terminal, 'out'>, hooks: readonly HookReport[]): void {
  const rows = hooks.map(({ product, label, event, state, url, found }) => [
    product,
    label,
    event,
    stateWords[state],
    found ?? url,
  ])
  for (const line of formatTable(['product', 'module', 'event', 'state', 'URL'], rows)) out.line(line)
}
