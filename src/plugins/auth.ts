import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { inputError, TdsError } from '../errors.ts'
import type { Identity, Keys, Scope } from '../keys/index.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must be allowed to do to come here; every route of the admin scope names one. */
    scope?: Scope
  }
  interface FastifyRequest {
    /** The key the request was made with, once it is identified. */
    key: Identity | null
  }
  interface FastifyInstance {
    /** Finds out whose key the request carries, if it carries one. @throws TdsError 401, 429, and 503 while stored keys cannot be read */
    identify(request: FastifyRequest): Promise<void>
  }
}

/** Wrong keys an address may try a minute; then it is not listened to until the minute is over. */
export const wrongKeysPerMinute = 60

/** Needs `createRateLimit` of @fastify/rate-limit. */
export const identification = fp<{ readonly keys: Pick<Keys, 'verify'> }>(
  async (app, { keys }) => {
    const countWrong = app.createRateLimit({
      max: wrongKeysPerMinute,
      timeWindow: '1 minute',
      keyGenerator: (request) => request.ip,
    })
    app.decorateRequest('key', null)
    app.decorate('identify', async (request) => {
      const header = request.headers.authorization
      if (header === undefined) return
      const tried = await countWrong(request, { increment: false })
      if (!tried.isAllowed && tried.isExceeded) throw tooManyWrong(tried.ttlInSeconds)
      const token = /^Bearer +(\S+) *$/i.exec(header)?.[1]
      request.key = token === undefined ? null : await keys.verify(token)
      if (request.key) return
      await countWrong(request)
      throw inputError('KEY_INVALID', 'The key is not valid', 401)
    })
  },
  { name: 'tds-identification', fastify: '5.x', dependencies: ['@fastify/rate-limit'] },
)

/** The guard of the admin scope: no route without a scope, no request without a key that has it. */
export const guard = fp(
  async (app) => {
    app.addHook('onRoute', ({ method, url, config }) => {
      if (!config?.scope) throw new Error(`${String(method)} ${url} is an admin route and names no scope`)
    })
    app.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store')
      await app.identify(request).catch((error: unknown) => {
        const isRefused = error instanceof TdsError && error.status === 401
        if (isRefused) reply.header('www-authenticate', 'Bearer realm="tds", error="invalid_token"')
        throw error
      })
      authorise(request, () => reply.header('www-authenticate', 'Bearer realm="tds"'))
    })
  },
  { name: 'tds-guard', fastify: '5.x', dependencies: ['tds-identification'] },
)

function authorise(request: FastifyRequest, onMissing: () => void): void {
  const { scope } = request.routeOptions.config
  if (!request.key) {
    onMissing()
    throw inputError('KEY_MISSING', 'This route needs a key', 401)
  }
  if (scope && !request.key.scopes.includes(scope)) {
    throw inputError('SCOPE_MISSING', `This route needs a key with the scope ${scope}`, 403)
  }
}

const tooManyWrong = (seconds: number) =>
  inputError('RATE_LIMITED', 'Too many wrong keys from this address', 429, { retryAfterSeconds: seconds })
