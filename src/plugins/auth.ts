import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { inputError, TdsError } from '../errors.ts'
import type { Identity, Keys, Lockout, Scope } from '../keys/index.ts'

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

export interface IdentificationOptions {
  readonly keys: Pick<Keys, 'verify'>
  readonly lockout: Lockout
}

/** Says whose key a request carries. A right key is not even looked at while its address is locked out: else trying would go on. */
export const identification = fp<IdentificationOptions>(
  async (app, { keys, lockout }) => {
    app.decorateRequest('key', null)
    app.decorate('identify', async (request) => {
      const header = request.headers.authorization
      if (header === undefined) return
      const wait = lockout.waitSeconds(request.ip)
      if (wait > 0) throw lockedOut(wait)
      const token = /^Bearer +(\S+) *$/i.exec(header)?.[1]
      request.key = token === undefined ? null : await keys.verify(token)
      if (request.key) return
      lockout.failed(request.ip)
      throw inputError('KEY_INVALID', 'The key is not valid', 401)
    })
  },
  { name: 'tds-identification', fastify: '5.x' },
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

const lockedOut = (seconds: number) =>
  inputError('ADDRESS_LOCKED_OUT', 'Too many wrong keys came from this address', 429, { retryAfterSeconds: seconds })
