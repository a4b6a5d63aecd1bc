import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Config } from '../src/config.ts'
import { inputError } from '../src/errors.ts'
import type { AuthRequest, Inbox, WebhookMethod } from '../src/inbox/index.ts'

export interface WebhookContext {
  readonly inbox: Pick<Inbox, 'authenticate' | 'receive'>
  readonly config: Pick<Config, 'webhook'>
}

declare module 'fastify' {
  interface FastifyRequest {
    /** As the sender wrote it; see `acceptAnyContentType`. */
    sentContentType: string | undefined
  }
}

const reply = z.object({
  success: z.boolean(),
  message: z.string(),
  event_id: z.uuid().meta({ description: 'Of the first event, where this one repeats it' }),
  idempotency_key: z.string().meta({ description: 'sha256 of module, event and body' }),
  queued: z.boolean().meta({ description: 'false: a repeat that says nothing new' }),
})
const testReply = z.object({ success: z.boolean(), message: z.string() })
// Documented, not enforced: whatever the query holds, the webhook is kept.
const oneOrMore = z.union([z.string(), z.array(z.string())]).optional()
const query = z.looseObject({
  key: oneOrMore.meta({ description: 'The static webhook key' }),
  event: oneOrMore.meta({ description: 'created, edited or deleted' }),
})

/** Refused requests an address may make a minute; admitted ones are never limited. */
const refusalsPerMinute = 60

const methods: WebhookMethod[] = ['POST', 'PUT', 'DELETE']

/** Where Zoho calls. A request is authenticated, kept and answered; nothing here looks into its body. */
export const webhookRoutes: FastifyPluginAsyncZod<{ ctx: WebhookContext }> = async (app, { ctx }) => {
  const { inbox, config } = ctx
  if (!app.hasDecorator('createRateLimit')) await app.register(rateLimit, { global: false })
  const countRefusal = app.createRateLimit({ max: refusalsPerMinute, timeWindow: '1 minute' })

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.decorateRequest('sentContentType', undefined)
  app.addHook('onRequest', acceptAnyContentType)

  app.route({
    method: methods,
    url: '/api/tds/webhooks/test',
    bodyLimit: config.webhook.maxBytes,
    config: { rateLimit: false, access: 'public' },
    schema: {
      tags: ['webhooks'],
      summary: 'Says that webhooks reach this service; stores nothing',
      security: [],
      response: { 200: testReply },
    },
    handler: async () => ({ success: true, message: 'Webhooks reach TDS. Nothing was stored.' }),
  })

  app.route({
    method: methods,
    url: '/api/tds/webhooks/:module(^[a-z0-9_-]{1,64}$)',
    bodyLimit: config.webhook.maxBytes,
    config: { rateLimit: false, access: 'webhook' },
    schema: {
      tags: ['webhooks'],
      summary: 'Takes a webhook of Zoho; answered once it is on disk',
      description:
        'Signed with `X-Zoho-Webhook-Signature`, or with the static key in `X-Webhook-Key` or `?key=`. Any body is taken: JSON, a form, a form with `JSONString=`, or what a template makes.',
      security: [],
      params: z.object({ module: z.string() }),
      querystring: query,
      response: { 200: reply },
    },
    handler: async (request) => {
      const signed = toAuthRequest(request)
      const { module } = request.params
      const auth = inbox.authenticate({ ...signed, module, sourceAddress: request.ip })
      if ('refused' in auth) return refuse(await countRefusal(request))
      const { eventId, idempotencyKey, queued } = await inbox.receive({
        ...signed,
        module,
        method: toMethod(request.method),
        headers: { ...request.headers, 'content-type': signed.contentType },
        sourceAddress: request.ip,
        authMethod: auth.method,
        requestId: request.id,
      })
      const message = queued ? 'Kept and queued' : 'A repeat of an event that was kept before'
      return { success: true, message, event_id: eventId, idempotency_key: idempotencyKey, queued }
    },
  })
}

/** Fastify answers 415 to a media type it cannot read; Zoho's templates may send any, so the parser gets to see none. */
async function acceptAnyContentType(request: FastifyRequest): Promise<void> {
  request.sentContentType = request.headers['content-type']
  if (request.sentContentType !== undefined) request.raw.headers['content-type'] = 'application/octet-stream'
}

/** The query is read from the URL itself: Zoho signs its pairs, repeated ones included. */
function toAuthRequest(request: FastifyRequest): AuthRequest {
  const at = request.raw.url?.indexOf('?') ?? -1
  return {
    query: at < 0 ? [] : [...new URLSearchParams(request.raw.url?.slice(at + 1))],
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    contentType: request.sentContentType,
    signature: single(request.headers['x-zoho-webhook-signature']),
    keyHeader: single(request.headers['x-webhook-key']),
  }
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header

const toMethod = (method: string): WebhookMethod => methods.find((each) => each === method) ?? 'POST'

/** The same words whatever was wrong: who forges learns nothing; the reason is counted and logged. */
function refuse(limit: { isAllowed: boolean; isExceeded?: boolean; ttlInSeconds?: number }): never {
  if (limit.isAllowed || !limit.isExceeded) {
    throw inputError('WEBHOOK_UNAUTHORIZED', 'The webhook carries no valid signature and no valid key', 401)
  }
  throw inputError('WEBHOOK_TOO_MANY_REFUSED', 'Too many refused webhooks from this address', 429, {
    retryAfterSeconds: limit.ttlInSeconds ?? 60,
  })
}
