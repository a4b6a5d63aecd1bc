import { z } from 'zod'
import { faultSettings } from '../faults.ts'
import { pictureKinds } from '../images/picture.ts'
import { type Fields, isFields, type Json } from '../json.ts'
import type { StoredRecord } from '../resource.ts'
import { webhookMode } from '../webhooks/mode.ts'
import type { Control } from './control.ts'

export interface ControlRequest {
  /** What stood in the place of each `*` of the path. */
  readonly names: readonly string[]
  readonly query: URLSearchParams
  readonly body: Json
}
export interface ControlRoute {
  readonly method: string
  readonly path: string
  run(control: Control, request: ControlRequest): unknown
}

const fields = z.custom<Fields>(isFields, 'an object of fields')
const changeBody = z.strictObject({ fields, silent: z.boolean().default(false) })
const createBody = z.strictObject({ fields })
const stockBody = z.strictObject({
  locationId: z.string(),
  onHand: z.number(),
  committed: z.number().default(0),
  webhook: z.boolean().default(false),
})
const imageBody = z.strictObject({ kind: z.enum(pictureKinds).optional(), silent: z.boolean().optional() })
const accessBody = z.strictObject({ access: z.enum(['allowed', 'refused-401', 'refused-200']) })
const announceBody = z.strictObject({
  resource: z.string(),
  id: z.string(),
  event: z.enum(['created', 'edited', 'deleted']),
})
const deliverBody = z.strictObject({ concurrency: z.int().min(1).max(500).default(1) })
const clockBody = z.strictObject({
  advanceMs: z.number().optional(),
  /** True stops the time now, a date at that instant; false lets it run on. */
  freeze: z.union([z.boolean(), z.iso.datetime({ offset: true })]).optional(),
  reset: z.boolean().optional(),
})
const count = z.int().nonnegative().exactOptional()
const limitsBody = z.strictObject({
  perMinute: count,
  concurrency: count,
  booksPerDay: count,
  inventoryPerDay: count,
  tokensPerTenMinutes: count,
  booksUsed: count,
  inventoryUsed: count,
})
const oauthBody = z.strictObject({
  refuse: z.enum(['invalid_code', 'invalid_client', 'invalid_client_secret']).nullable().optional(),
  expire: z.literal(true).optional(),
})

const shown = ({ id, fields: own, stock, picture }: StoredRecord) => ({ id, fields: own, stock, picture })
const name = ({ names }: ControlRequest, index: number) => names[index] ?? ''

/** Path (after /control/), method and action of each control route. */
export const controlRoutes: readonly ControlRoute[] = [
  { method: 'GET', path: 'summary', run: (control) => control.summary() },
  { method: 'POST', path: 'reset', run: (control) => control.reset() },
  {
    method: 'GET',
    path: 'records/*',
    run: ({ records }, request) => ({ ids: records.ids(name(request, 0), filterOf(request.query)) }),
  },
  {
    method: 'POST',
    path: 'records/*',
    run: ({ records }, request) => shown(records.create(name(request, 0), createBody.parse(request.body).fields)),
  },
  {
    method: 'GET',
    path: 'records/*/*',
    run: ({ records }, { names }) => shown(records.get(names[0] ?? '', names[1] ?? '')),
  },
  {
    method: 'PATCH',
    path: 'records/*/*',
    run({ records }, request) {
      const body = changeBody.parse(request.body)
      return shown(records.change(name(request, 0), name(request, 1), body.fields, { silent: body.silent }))
    },
  },
  {
    method: 'DELETE',
    path: 'records/*/*',
    run: ({ records }, request) =>
      records.delete(name(request, 0), name(request, 1), { silent: request.query.get('silent') === 'true' }),
  },
  {
    method: 'PUT',
    path: 'records/items/*/stock',
    run({ records }, request) {
      const { webhook, ...stock } = stockBody.parse(request.body)
      return shown(records.setStock(name(request, 0), stock, { webhook }))
    },
  },
  { method: 'GET', path: 'images/expected', run: ({ images }) => images.expected() },
  {
    method: 'PUT',
    path: 'images/access',
    run: ({ images }, { body }) => images.setAccess(accessBody.parse(body).access),
  },
  {
    method: 'POST',
    path: 'images/*/replace',
    run: ({ images }, request) => images.replace(name(request, 0), imageBody.parse(request.body)),
  },
  {
    method: 'POST',
    path: 'images/*/break',
    run: ({ images }, request) => images.break(name(request, 0), imageBody.parse(request.body)),
  },
  {
    method: 'POST',
    path: 'images/*/remove',
    run: ({ images }, request) => images.remove(name(request, 0), imageBody.parse(request.body)),
  },
  { method: 'POST', path: 'images/*/lose', run: ({ images }, request) => images.lose(name(request, 0)) },
  { method: 'GET', path: 'faults', run: ({ faults }) => ({ faults: faults.list() }) },
  { method: 'POST', path: 'faults', run: ({ faults }, { body }) => ({ id: faults.set(faultSettings.parse(body)) }) },
  { method: 'DELETE', path: 'faults', run: ({ faults }) => faults.clear() },
  { method: 'DELETE', path: 'faults/*', run: ({ faults }, request) => faults.clear(name(request, 0)) },
  {
    method: 'POST',
    path: 'faults/*/release',
    run: ({ faults }, request) => ({ released: faults.release(name(request, 0)) }),
  },
  {
    method: 'GET',
    path: 'faults/*/waiting',
    run: ({ faults }, request) =>
      faults.waiting(name(request, 0), Number(request.query.get('count') ?? 1), AbortSignal.timeout(60_000)),
  },
  {
    method: 'GET',
    path: 'webhooks',
    run: ({ webhooks }) => ({ mode: webhooks.mode, pending: webhooks.pending(), log: webhooks.log() }),
  },
  { method: 'PUT', path: 'webhooks', run: ({ webhooks }, { body }) => webhooks.set(webhookMode.parse(body)) },
  {
    method: 'POST',
    path: 'webhooks/deliver',
    run: async ({ webhooks }, { body }) => ({ deliveries: await webhooks.deliver(deliverBody.parse(body)) }),
  },
  {
    method: 'POST',
    path: 'webhooks/announce',
    run({ webhooks }, request) {
      const { resource, id, event } = announceBody.parse(request.body)
      webhooks.announce(resource, id, event)
    },
  },
  { method: 'GET', path: 'clock', run: ({ clock }) => ({ now: new Date(clock.now()).toISOString() }) },
  { method: 'POST', path: 'clock', run: setClock },
  { method: 'GET', path: 'limits', run: ({ limits }) => limits.settings },
  { method: 'PUT', path: 'limits', run: setLimits },
  { method: 'POST', path: 'oauth', run: setOAuth },
  { method: 'POST', path: 'oauth/grant-code', run: ({ oauth }) => ({ code: oauth.grantCode() }) },
  {
    method: 'GET',
    path: 'automation',
    run: ({ automation }) => ({ webhooks: automation.webhooks(), workflows: automation.workflows() }),
  },
  { method: 'GET', path: 'calls', run: ({ calls }) => calls.report() },
  {
    method: 'GET',
    path: 'calls/latest',
    run: ({ calls }, { query }) => ({ calls: calls.latest(Number(query.get('most') ?? 100)) }),
  },
  { method: 'DELETE', path: 'calls', run: ({ calls }) => calls.reset() },
]

// `?status=active` and the like: fields that must equal a text.
function filterOf(query: URLSearchParams): (record: StoredRecord) => boolean {
  return (record) => [...query].every(([key, value]) => String(record.fields[key] ?? '') === value)
}

function setClock({ clock }: Control, { body }: ControlRequest): unknown {
  const { advanceMs, freeze, reset } = clockBody.parse(body)
  if (reset) clock.reset()
  if (freeze === true) clock.freeze()
  if (typeof freeze === 'string') clock.freeze(Date.parse(freeze))
  if (freeze === false) clock.run()
  if (advanceMs !== undefined) clock.advance(advanceMs)
  return { now: new Date(clock.now()).toISOString() }
}

function setLimits({ limits }: Control, { body }: ControlRequest): unknown {
  const { booksUsed, inventoryUsed, ...settings } = limitsBody.parse(body)
  limits.set(settings)
  if (booksUsed !== undefined) limits.setUsed('books', booksUsed)
  if (inventoryUsed !== undefined) limits.setUsed('inventory', inventoryUsed)
  return limits.settings
}

function setOAuth({ oauth }: Control, { body }: ControlRequest): void {
  const { refuse, expire } = oauthBody.parse(body)
  if (refuse !== undefined) oauth.refuse(refuse ?? undefined)
  if (expire) oauth.expire()
}
