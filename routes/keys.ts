import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type ApiKey, type Keys, type Requester, scopes } from '../src/keys/index.ts'

export interface KeysContext {
  readonly keys: Keys
}

const time = z.iso.datetime()
const keyShape = z.object({
  id: z.string().meta({ description: 'Public; the part of the token that names the key' }),
  name: z.string(),
  scopes: z.array(z.string()),
  state: z.enum(['live', 'expired', 'revoked']),
  created_at: time,
  created_by: z.string(),
  expires_at: time.nullable(),
  last_used_at: time.nullable().meta({ description: 'Exact to a minute' }),
  revoked_at: time.nullable(),
  revoked_by: z.string().nullable(),
  revoke_reason: z.string().nullable(),
  rotated_from: z.string().nullable().meta({ description: 'The key that this one takes the place of' }),
})
const withToken = keyShape.extend({ token: z.string().meta({ description: 'Shown this once and stored nowhere' }) })
const list = z.object({ items: z.array(keyShape), total: z.int(), next: z.string().nullable() })
const id = z.string().regex(/^[0-9A-Za-z]{8}$/)
const printable = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}+$/u, 'no control characters')
const reason = printable(500).meta({ description: 'Why; kept in the audit trail' })
const creation = z.strictObject({
  name: printable(100).meta({ description: 'Who or what uses it', example: 'ERP, reads statistics' }),
  scopes: z.array(z.enum(scopes)).min(1),
  expires_at: z.iso.datetime({ offset: true }).optional().meta({ description: 'Without it: until it is revoked' }),
  reason: reason.optional(),
})
const rotation = z.strictObject({
  overlap_hours: z.number().min(0).max(720).default(24).meta({ description: 'How long the old key goes on' }),
  reason: reason.optional(),
})

/** The keys of this API: made with no more than one's own scopes, shown once, changed in turn, taken away at once. */
export const keyRoutes: FastifyPluginAsyncZod<{ ctx: KeysContext }> = async (app, { ctx }) => {
  const { keys } = ctx

  app.get('/api/tds/keys', {
    config: { scope: 'keys:admin' },
    schema: {
      tags: ['keys'],
      summary: 'Keys, newest first; never their secrets',
      querystring: z.object({
        limit: z.coerce.number().int().min(1).max(500).default(50),
        after: id.optional().meta({ description: '`next` of the page before' }),
        live: z.stringbool().optional().meta({ description: 'Only keys that open something' }),
      }),
      response: { 200: list },
    },
    handler: async ({ query }) => {
      const { items, total, next } = await keys.list(query)
      return { items: items.map(toKey), total, next }
    },
  })

  app.post('/api/tds/keys', {
    config: { scope: 'keys:admin' },
    schema: {
      tags: ['keys'],
      summary: 'Makes a key; its token is in this answer and nowhere else',
      description: 'A key cannot grant scopes that it does not have itself.',
      body: creation,
      response: { 201: withToken },
    },
    handler: async (request, reply) => {
      const { name, scopes, expires_at, reason } = request.body
      const expiresAt = expires_at === undefined ? undefined : new Date(expires_at)
      const { token, ...key } = await keys.create({ name, scopes, expiresAt, reason }, requesterOf(request))
      return reply.code(201).send({ ...toKey(key), token })
    },
  })

  app.post('/api/tds/keys/:id/rotate', {
    config: { scope: 'keys:admin' },
    schema: {
      tags: ['keys'],
      summary: 'Makes a key that takes the place of another; both open until the overlap is over',
      params: z.object({ id }),
      body: rotation.nullish(),
      response: { 201: withToken },
    },
    handler: async (request, reply) => {
      const { params, body } = request
      const options = { overlapHours: body?.overlap_hours, reason: body?.reason }
      const { token, ...key } = await keys.rotate(params.id, options, requesterOf(request))
      return reply.code(201).send({ ...toKey(key), token })
    },
  })

  app.delete('/api/tds/keys/:id', {
    config: { scope: 'keys:admin' },
    schema: {
      tags: ['keys'],
      summary: 'Revokes a key: at once, in other processes within two seconds',
      params: z.object({ id }),
      querystring: z.object({ reason: reason.optional() }),
      response: { 200: keyShape },
    },
    handler: async (request) =>
      toKey(await keys.revoke(request.params.id, { reason: request.query.reason }, requesterOf(request))),
  })
}

/** The guard lets nobody here without a key. */
const requesterOf = ({ key, id }: FastifyRequest): Requester => ({
  actor: `key ${key?.id ?? 'unknown'}`,
  scopes: key?.scopes ?? [],
  requestId: id,
})

function toKey(key: ApiKey): z.output<typeof keyShape> {
  const { created_at, expires_at, last_used_at, revoked_at, scopes: held, ...rest } = key
  return {
    ...rest,
    scopes: [...held],
    created_at: created_at.toISOString(),
    expires_at: expires_at?.toISOString() ?? null,
    last_used_at: last_used_at?.toISOString() ?? null,
    revoked_at: revoked_at?.toISOString() ?? null,
  }
}
