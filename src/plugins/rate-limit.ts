import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { inputError } from '../errors.ts'

/** Makes limits available to all scopes and limits nothing by itself. */
export async function offerRateLimits(app: FastifyInstance): Promise<void> {
  await app.register(rateLimit, { global: false })
}

/** Limits every route of this scope, by key; register it after the guard, which says whose key it is. */
export async function limitByKey(app: FastifyInstance, { perMinute }: { readonly perMinute: number }): Promise<void> {
  await app.register(rateLimit, {
    max: perMinute,
    timeWindow: '1 minute',
    keyGenerator: (request) => (request.key ? `key ${request.key.id}` : `address ${request.ip}`),
    errorResponseBuilder: (_request, { max, ttl }) =>
      inputError('RATE_LIMITED', `More than ${max} requests a minute with this key`, 429, {
        retryAfterSeconds: Math.ceil(ttl / 1000),
      }),
  })
}
