import type { JsonObject } from '../../../../db/index.ts'
import type { Terminal } from '../../command.ts'
import { withContext } from '../../session.ts'
import { formatTable } from '../../table.ts'

/** Two calls: who the token's user is, and which organisations it opens. */
export function whoami(terminal: Terminal): Promise<number> {
  const { out, signal } = terminal
  return withContext(terminal, { kind: 'reading' }, async ({ zoho, config }) => {
    const call = { product: 'books', purpose: 'whoami', signal } as const
    const organizations = rowsOf((await zoho.get({ ...call, path: '/organizations' })).body.organizations)
    const wanted = config.zoho.organizationId
    const isSeen = organizations.some(({ organization_id }) => String(organization_id) === wanted)
    const user = isSeen ? userOf((await zoho.get({ ...call, path: '/users/me' })).body.user) : null
    const { token } = await zoho.state()
    if (user) out.line(`User ${user.name} <${user.email}>, role ${user.role ?? 'unknown'}`)
    const rows = organizations.map((row) => [
      String(row.organization_id) === wanted ? '→' : '',
      String(row.organization_id),
      String(row.name ?? ''),
      String(row.currency_code ?? ''),
      String(row.plan_name ?? ''),
    ])
    for (const line of formatTable(['', 'organisation', 'name', 'currency', 'plan'], rows)) out.line(line)
    if (!isSeen) out.line(`The configured organisation ${wanted} is not among them.`)
    out.line(
      `Access token until ${token.expiresAt?.toISOString() ?? 'unknown'}. Which scopes it has, npm run tds -- doctor finds out.`,
    )
    out.document({ user, organization_id: wanted, seen: isSeen, organizations, token_expires_at: token.expiresAt })
    return isSeen ? 0 : 1
  })
}

const rowsOf = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? (value as JsonObject[]) : [])

function userOf(value: unknown) {
  if (typeof value !== 'object' || value === null) return null
  const { name, email, user_role: role } = value as JsonObject
  return { name: String(name ?? ''), email: String(email ?? ''), role: role === undefined ? null : String(role) }
}
