import { type Fields, isFields, type Json, textOf } from './json.ts'
import type { Product } from './limits.ts'
import { errors, type JsonReply, ok } from './replies.ts'

/** What a user set up under Settings, Automation: webhooks, and workflow rules that call them. */
export interface Automation {
  /** The answer to a call about them; undefined where the path is about something else. */
  answer(call: {
    readonly product: Product
    readonly method: string
    readonly rest: string
    readonly body: Json
  }): JsonReply | undefined
  /** Name of such a call in the calls report. */
  purposeOf(rest: string): string | undefined
  webhooks(): readonly Fields[]
  workflows(): readonly Fields[]
  /** Lays fields over a webhook or a rule, by id. */
  change(id: string, fields: Fields): void
  reset(): void
}

type Kind = 'webhook' | 'workflow'

const kinds: Readonly<Record<string, Kind>> = { webhooks: 'webhook', workflows: 'workflow' }

export function createAutomation(nextId: () => string): Automation {
  let records: { readonly id: string; readonly kind: Kind; readonly product: Product; fields: Fields }[] = []

  function create(kind: Kind, product: Product, body: Json): JsonReply {
    if (!isFields(body)) return errors.badValue('body')
    const fault = kind === 'webhook' ? faultOfWebhook(body) : faultOfWorkflow(body, isWebhook)
    if (fault !== undefined) return errors.badValue(fault)
    const id = nextId()
    const state = kind === 'workflow' ? { is_active: true } : {}
    const fields: Fields = { [`${kind}_id`]: id, ...body, ...state }
    records.push({ id, kind, product, fields })
    return { ...ok({ [kind]: shown(fields) }), status: 201 }
  }
  const isWebhook = (id: string) => records.some((each) => each.kind === 'webhook' && each.id === id)
  const list = (kind: Kind, product?: Product) =>
    records
      .filter((each) => each.kind === kind && (product === undefined || each.product === product))
      .map(({ fields }) => fields)

  return {
    answer({ product, method, rest, body }) {
      const [, settings, name = '', id, state] = rest.split('/')
      if (rest === '/users/me')
        return ok({
          user: {
            user_id: '1',
            name: 'Simulated User',
            email: 'user@simulated.example',
            user_role: 'admin',
            status: 'active',
          },
        })
      const kind = kinds[name]
      if (settings !== 'settings' || kind === undefined) return undefined
      if (id === undefined && method === 'GET') return ok({ [name]: list(kind, product).map(shown) })
      if (id === undefined && method === 'POST') return create(kind, product, body)
      const record = records.find((each) => each.id === id && each.product === product)
      if (!record) return errors.missing(kind === 'webhook' ? 'Webhook' : 'Workflow')
      if (kind === 'workflow' && method === 'POST' && (state === 'active' || state === 'inactive')) {
        record.fields = { ...record.fields, is_active: state === 'active' }
        return ok({})
      }
      return method === 'GET' && state === undefined ? ok({ [kind]: shown(record.fields) }) : errors.badMethod()
    },
    purposeOf: (rest) =>
      /^\/settings\/(webhooks|workflows)(\/|$)/.test(rest) ? 'automation' : rest === '/users/me' ? 'user' : undefined,
    webhooks: () => list('webhook'),
    workflows: () => list('workflow'),
    change(id, fields) {
      const record = records.find((each) => each.id === id)
      if (record) record.fields = { ...record.fields, ...fields }
    },
    reset() {
      records = []
    },
  }
}

/** The secret cannot be read back. */
function shown({ secret: _secret, ...fields }: Fields): Fields {
  return fields
}

function faultOfWebhook({ url, webhook_name: name, method, secret }: Fields): string | undefined {
  if (!/^https?:\/\/.+/.test(textOf(url)) || textOf(url).length > 5000) return 'url'
  if (textOf(name) === '' || textOf(name).length > 50) return 'webhook_name'
  if (!['POST', 'PUT', 'DELETE'].includes(textOf(method))) return 'method'
  return secret === undefined || /^[A-Za-z0-9]{12,50}$/.test(textOf(secret)) ? undefined : 'secret'
}

function faultOfWorkflow(
  { workflow_name: name, entity, rule_type: type, actions }: Fields,
  isWebhook: (id: string) => boolean,
): string | undefined {
  if (textOf(name) === '') return 'workflow_name'
  if (textOf(entity) === '') return 'entity'
  if (!['created', 'edited', 'created_or_edited', 'deleted'].includes(textOf(type))) return 'rule_type'
  const good =
    Array.isArray(actions) &&
    actions.every((each) => isFields(each) && each.action_type === 'webhook' && isWebhook(textOf(each.action_id)))
  return good ? undefined : 'actions'
}
