import { Agent, type Dispatcher } from 'undici'
import type { JsonObject } from '../../db/index.ts'
import { TdsError } from '../errors.ts'
import { apiHostOf } from './api-host.ts'
import { isJsonObject, readEnvelope } from './envelope.ts'
import { exchange, type HttpReply } from './http.ts'

export interface GrantOptions {
  readonly accountsUrl: string
  readonly apiUrl: string
  /** Hosts the reply's `api_domain` may name in the place of `apiUrl`. */
  readonly apiDomains: readonly string[]
  readonly clientId: string
  readonly clientSecret: string
  /** The grant code of the self client: good once, for the minutes chosen when it was made. */
  readonly code: string
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
}

export interface VisibleOrganization {
  readonly organizationId: string
  readonly name: string
  readonly timeZone: string | null
  readonly currencyCode: string | null
  readonly isDefault: boolean
}

export interface Grant {
  /** Lives until it is revoked; nothing here stores or logs it. */
  readonly refreshToken: string
  /** What was granted, as Zoho says it; empty where it does not say. */
  readonly scopes: readonly string[]
  /** The host Zoho names for calls; null where it names none. */
  readonly apiDomain: string | null
  /** Empty with the reason in `organizationsError` where they could not be listed. */
  readonly organizations: readonly VisibleOrganization[]
  readonly organizationsError: string | null
}

/**
 * Turns a grant code into a refresh token and lists the organisations it opens. Before there is a configuration there is
 * no budget to ask: these two calls are outside of it, and the ten calls a minute that TDS never uses are theirs.
 * @throws TdsError `ZOHO_GRANT_REFUSED` in words, or the transport's
 */
export async function exchangeGrant(options: GrantOptions): Promise<Grant> {
  const dispatcher = new Agent({ connections: 1 })
  try {
    const body = await askForTokens(options, dispatcher)
    const { refresh_token: refreshToken, access_token: accessToken, api_domain: domain, scope } = body
    if (typeof refreshToken !== 'string' || typeof accessToken !== 'string') throw refusal(body, options.accountsUrl)
    const apiDomain = typeof domain === 'string' ? domain : null
    const host = apiHostOf(apiDomain, options)
    const scopes = typeof scope === 'string' ? scope.split(/[\s,]+/).filter(Boolean) : []
    return { refreshToken, scopes, apiDomain, ...(await listOrganizations(host, accessToken, options, dispatcher)) }
  } finally {
    await dispatcher.destroy()
  }
}

async function askForTokens(options: GrantOptions, dispatcher: Dispatcher): Promise<JsonObject> {
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: options.clientId,
    client_secret: options.clientSecret,
    code: options.code,
  })
  const reply = await send(options, dispatcher, {
    url: new URL(`${options.accountsUrl}/oauth/v2/token`),
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    facts: { product: 'accounts', path: '/oauth/v2/token' },
  })
  return jsonOf(reply) ?? {}
}

async function listOrganizations(
  host: string,
  accessToken: string,
  options: GrantOptions,
  dispatcher: Dispatcher,
): Promise<Pick<Grant, 'organizations' | 'organizationsError'>> {
  const reply = await send(options, dispatcher, {
    url: new URL(`${host}/books/v3/organizations`),
    method: 'GET',
    headers: { authorization: `Zoho-oauthtoken ${accessToken}` },
    facts: { product: 'books', path: '/organizations' },
  })
  const reading = readEnvelope(reply.bytes)
  const rows = typeof reading === 'object' ? reading.envelope.body.organizations : undefined
  if (!Array.isArray(rows)) {
    const said = typeof reading === 'object' ? `code ${reading.envelope.code}` : 'no JSON'
    return { organizations: [], organizationsError: `Zoho answered HTTP ${reply.status}, ${said}` }
  }
  return {
    organizations: rows.flatMap((row) => (isJsonObject(row) ? [toOrganization(row)] : [])),
    organizationsError: null,
  }
}

type Request = Pick<Parameters<typeof exchange>[0], 'url' | 'method' | 'headers' | 'facts'> & { readonly body?: string }

function send(
  { signal, deadlineMs = 15_000 }: GrantOptions,
  dispatcher: Dispatcher,
  request: Request,
): Promise<HttpReply> {
  return exchange({ ...request, dispatcher, deadlineMs, maxBytes: 1024 * 1024, ...(signal && { signal }) })
}

function toOrganization(row: JsonObject): VisibleOrganization {
  const text = (key: string) => (typeof row[key] === 'string' && row[key] !== '' ? row[key] : null)
  return {
    organizationId: String(row.organization_id),
    name: text('name') ?? '',
    timeZone: text('time_zone'),
    currencyCode: text('currency_code'),
    isDefault: row.is_default_org === true,
  }
}

/** What Zoho answers, and what people do about it. */
const words: Readonly<Record<string, string>> = {
  invalid_code:
    'the code is not good (any more): it can be used once, within the minutes chosen when it was made (3 to 10), by the client that made it, at its own data centre. Make a new one and enter it at once',
  invalid_client:
    'the client id is not known there: check ZOHO_CLIENT_ID, and whether ZOHO_DATA_CENTER is the one where the client was made',
  invalid_client_secret:
    'ZOHO_CLIENT_SECRET is not the secret of this client: copy it again from its page "Client Secret"',
}

function refusal(body: JsonObject, accountsUrl: string): TdsError {
  const oauthError = typeof body.error === 'string' ? body.error : null
  const isThrottled = oauthError === 'Access Denied'
  const what = isThrottled
    ? 'too many token requests within ten minutes; wait a quarter of an hour'
    : ((oauthError === null ? undefined : words[oauthError]) ?? 'it gave no refresh token and no reason that is known')
  const message = `${new URL(accountsUrl).host} refuses${oauthError ? ` (${oauthError})` : ''}: ${what}`
  return new TdsError('ZOHO_GRANT_REFUSED', 'permanent', message, { detail: { oauthError } })
}

function jsonOf({ bytes }: HttpReply): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
