import { type Config, loadConfig } from '../../../config.ts'
import { scopesNeeded } from '../../../doctor/index.ts'
import { loadEntities } from '../../../entities/index.ts'
import { TdsError } from '../../../errors.ts'
import { exchangeGrant, type Grant, scopesToCreate } from '../../../zoho/index.ts'
import { type Terminal, usageError } from '../../command.ts'
import { askLine } from '../../prompt.ts'
import { formatTable } from '../../table.ts'

/** From a self client to a refresh token. Nothing is stored and nothing is logged: what it shows, it shows once. */
export async function authorise(
  terminal: Terminal,
  { code: given, readOnly }: { readonly code: string | undefined; readonly readOnly: boolean },
): Promise<number> {
  const config = loadConfig({ ...terminal.env, NODE_ENV: terminal.env.NODE_ENV === 'test' ? 'test' : 'development' })
  const scopes = [...scopesNeeded((await loadEntities()).list()), ...(readOnly ? [] : scopesToCreate)]
  const consoleUrl = consoleOf(config.zoho.accountsUrl)
  if (given === undefined) for (const line of steps(consoleUrl, scopes, config)) terminal.out.line(line)
  const { clientId, clientSecret } = clientOf(config)
  const answer = given ?? (await askLine(terminal, 'Grant code: '))
  if (answer === undefined) {
    terminal.out.document({ console_url: consoleUrl, scopes, next: 'npm run tds -- zoho auth --code <code>' })
    return given === undefined && terminal.out.json ? 0 : 1
  }
  const grant = await exchangeGrant({
    ...config.zoho,
    clientId,
    clientSecret,
    code: codeIn(answer, config),
    signal: terminal.signal,
  })
  show(terminal, grant, scopes)
  return 0
}

/** The console of the data centre whose accounts host it is. */
const consoleOf = (accountsUrl: string): string =>
  `https://${new URL(accountsUrl).hostname.replace(/^accounts\./, 'api-console.')}/`

function steps(consoleUrl: string, scopes: readonly string[], { zoho }: Config): readonly string[] {
  const host = new URL(zoho.accountsUrl).host
  return [
    `1. Open ${consoleUrl} as a user of the organisation who may read everything, and choose "Self Client".`,
    `   (For ${host}; another data centre is chosen by ZOHO_DATA_CENTER.)`,
    '2. Tab "Client Secret": copy both values into .env as ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET, unless they are there.',
    '3. Tab "Generate Code": paste these scopes, choose 10 minutes, write any description, press Create:',
    '',
    scopes.join(','),
    '',
    '4. Copy the code and enter it here at once: it is good once and for those minutes only.',
  ]
}

function clientOf({ zoho: { clientId, clientSecret } }: Config): { clientId: string; clientSecret: string } {
  if (clientId && clientSecret) return { clientId, clientSecret }
  throw new TdsError(
    'ZOHO_NOT_CONFIGURED',
    'permanent',
    'Step 2 first: ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET are not set',
  )
}

/** The code alone, or the URL that a browser was sent to; that one names the data centre of the code, too. */
function codeIn(answer: string, { zoho }: Config): string {
  if (!URL.canParse(answer)) return answer
  const { searchParams } = new URL(answer)
  const code = searchParams.get('code')
  if (!code) throw usageError('That URL has no code in it')
  const server = searchParams.get('accounts-server')
  if (server && URL.canParse(server) && new URL(server).host !== new URL(zoho.accountsUrl).host) {
    const location = searchParams.get('location') ?? 'another'
    throw usageError(
      `The code is from ${new URL(server).host} (location ${location}), TDS is set to ${new URL(zoho.accountsUrl).host}; set ZOHO_DATA_CENTER=${location}`,
    )
  }
  return code
}

function show({ out }: Terminal, grant: Grant, scopes: readonly string[]): void {
  const { refreshToken, organizations, organizationsError, apiDomain } = grant
  const missing = grant.scopes.length === 0 ? [] : scopes.filter((scope) => !grant.scopes.includes(scope))
  const only = organizations.length === 1 ? organizations[0] : undefined
  out.line('Zoho accepts it. Put this into .env (chmod 600), or into the file that ZOHO_REFRESH_TOKEN_FILE names.')
  out.line('It is shown only now and kept nowhere:')
  out.line()
  out.line(`ZOHO_REFRESH_TOKEN=${refreshToken}`)
  if (only) out.line(`ZOHO_ORGANIZATION_ID=${only.organizationId}`)
  out.line()
  if (missing.length > 0)
    out.line(`Not granted, although asked for: ${missing.join(', ')}. Make another code with all of them.`)
  if (organizationsError !== null) out.line(`The organisations could not be listed: ${organizationsError}`)
  if (organizations.length > 0) {
    const rows = organizations.map((each) => [
      each.organizationId,
      each.name,
      each.currencyCode,
      each.timeZone,
      each.isDefault ? 'default' : null,
    ])
    for (const line of formatTable(['organisation', 'name', 'currency', 'time zone', ''], rows)) out.line(line)
    if (!only) out.line('Choose one and set ZOHO_ORGANIZATION_ID to its number: TDS mirrors one organisation.')
  }
  out.line('Then: npm run tds -- doctor')
  out.document({
    refresh_token: refreshToken,
    api_domain: apiDomain,
    granted_scopes: grant.scopes,
    missing_scopes: missing,
    organizations,
    organizations_error: organizationsError,
  })
}
