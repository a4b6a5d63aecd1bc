import type { Dispatcher } from 'undici'
import { TdsError } from '../errors.ts'
import { isJsonObject } from './envelope.ts'
import { exchange, type HttpReply } from './http.ts'
import { type NewToken, pausingErrors } from './token-row.ts'

export interface Credentials {
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
}

export interface TokenRequestOptions extends Credentials {
  readonly accountsUrl: string
  readonly dispatcher: Dispatcher
  readonly deadlineMs: number
}

/**
 * Asks the accounts host for an access token. Failures arrive as HTTP 200 with an `error`, except the throttle.
 * @throws TdsError `ZOHO_TOKEN_REJECTED` (a human must act), `ZOHO_TOKEN_THROTTLED`, or the transport's
 */
export async function requestToken(options: TokenRequestOptions): Promise<NewToken> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: options.clientId,
    client_secret: options.clientSecret,
    refresh_token: options.refreshToken,
  })
  const reply = await exchange({
    dispatcher: options.dispatcher,
    url: new URL(`${options.accountsUrl}/oauth/v2/token`),
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    deadlineMs: options.deadlineMs,
    maxBytes: 1024 * 1024,
    facts: { product: 'accounts', path: '/oauth/v2/token' },
  })
  return tokenIn(reply)
}

function tokenIn({ status, bytes }: HttpReply): NewToken {
  const body = parsed(bytes)
  const { access_token: accessToken, api_domain: apiDomain, expires_in: life, error } = body ?? {}
  if (typeof accessToken === 'string' && accessToken !== '') {
    const expiresInSeconds = typeof life === 'number' && life > 0 ? life : 3600
    return { accessToken, apiDomain: typeof apiDomain === 'string' ? apiDomain : null, expiresInSeconds }
  }
  const oauthError = typeof error === 'string' ? error : null
  throw refusal(status, oauthError, body !== undefined)
}

function refusal(status: number, oauthError: string | null, isJson: boolean): TdsError {
  const detail = { httpStatus: status, oauthError }
  if (oauthError !== null && pausingErrors.includes(oauthError)) {
    const words = `Zoho refuses our credentials: ${oauthError}; check client, secret, refresh token and data centre`
    return new TdsError('ZOHO_TOKEN_REJECTED', 'wait', words, { detail })
  }
  if (status === 400 || status === 429) {
    const words = 'Zoho gives no more access tokens for some minutes'
    return new TdsError('ZOHO_TOKEN_THROTTLED', 'wait', words, { detail })
  }
  const code = isJson ? 'ZOHO_SERVER' : 'ZOHO_NOT_JSON'
  return new TdsError(code, 'transient', `The accounts host gave no token (HTTP ${status})`, { detail })
}

function parsed(bytes: Buffer) {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
