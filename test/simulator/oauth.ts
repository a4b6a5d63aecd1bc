import type { Clock } from './clock.ts'
import type { LimitSettings } from './limits.ts'
import type { Credentials } from './options.ts'
import { createRandom } from './random.ts'
import type { JsonReply } from './replies.ts'
import { createSlidingWindow } from './sliding-window.ts'

export type OAuthError = 'invalid_code' | 'invalid_client' | 'invalid_client_secret'

export interface OAuth {
  /** Answers `POST /oauth/v2/token`; query and form parameters count alike. */
  token(parameters: URLSearchParams): JsonReply
  /** Whether an access token is alive now. */
  accepts(token: string): boolean
  /** A self client's grant code: good once, for the minutes chosen in the console. Default 10. */
  grantCode(minutes?: number): string
  /** Ends the life of one access token, or of all. */
  expire(token?: string): void
  /** Answers every request with this error until called without one. */
  refuse(error?: OAuthError): void
  reset(): void
}

const lifeSeconds = 3600

export function createOAuth(options: {
  clock: Clock
  credentials: Credentials
  seed: number
  limits: () => LimitSettings
  apiUrl: () => string
}): OAuth {
  const { clock, credentials } = options
  const expiries = new Map<string, number>()
  const codes = new Map<string, number>()
  const requests = createSlidingWindow(600_000)
  const random = createRandom(options.seed, `tokens ${clock.now()}`)
  let refusal: OAuthError | undefined

  function fault(parameters: URLSearchParams): OAuthError | undefined {
    if (refusal) return refusal
    if (parameters.get('client_id') !== credentials.clientId) return 'invalid_client'
    if (parameters.get('client_secret') !== credentials.clientSecret) return 'invalid_client_secret'
    if (isGrant(parameters)) return spend(parameters.get('code') ?? '') ? undefined : 'invalid_code'
    return parameters.get('refresh_token') === credentials.refreshToken ? undefined : 'invalid_code'
  }

  /** A code is used up by its first use, too late or not. */
  function spend(code: string): boolean {
    const goodUntil = codes.get(code) ?? 0
    codes.delete(code)
    return goodUntil > clock.now()
  }

  function newToken(): string {
    const part = () => random.integer(0, 0xffffffff).toString(16).padStart(8, '0')
    return `1000.${part()}${part()}${part()}${part()}.${part()}${part()}${part()}${part()}`
  }

  function issue(parameters: URLSearchParams): JsonReply {
    const token = newToken()
    expiries.set(token, clock.now() + lifeSeconds * 1000)
    const life = { token_type: 'Bearer', expires_in: lifeSeconds }
    const refresh = isGrant(parameters) ? { refresh_token: credentials.refreshToken } : {}
    return { status: 200, json: { access_token: token, ...refresh, api_domain: options.apiUrl(), ...life } }
  }

  return {
    token(parameters) {
      if (requests.add(clock.now()) > options.limits().tokensPerTenMinutes) return throttled
      // Zoho says this for any other grant, which this service never asks for.
      if (parameters.get('grant_type') !== 'refresh_token' && !isGrant(parameters))
        return { status: 200, json: { error: 'invalid_client' } }
      const error = fault(parameters)
      return error ? { status: 200, json: { error } } : issue(parameters)
    },
    grantCode(minutes = 10) {
      const code = newToken()
      codes.set(code, clock.now() + minutes * 60_000)
      return code
    },
    accepts: (token) => (expiries.get(token) ?? 0) > clock.now(),
    expire(token) {
      if (token === undefined) expiries.clear()
      else expiries.delete(token)
    },
    refuse(error) {
      refusal = error
    },
    reset() {
      refusal = undefined
      requests.clear()
      codes.clear()
    },
  }
}

const isGrant = (parameters: URLSearchParams): boolean => parameters.get('grant_type') === 'authorization_code'

const throttled: JsonReply = {
  status: 400,
  json: {
    error_description: 'You have made too many requests continuously. Please try again after some time.',
    error: 'Access Denied',
    status: 'failure',
  },
}
