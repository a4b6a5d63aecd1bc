import { type Check, type DoctorDeps, type Finding, ok, problem } from '../types.ts'
import { some } from '../words.ts'
import { skew } from './clock.ts'
import { isFinding, probe, refusal } from './zoho-words.ts'

/** Whether the token sees the configured organisation; the reply shows Zoho's clock, too. */
export const organization: Check = {
  name: 'organization',
  needs: 'online',
  anchor: 'zoho-token',
  async look(deps) {
    try {
      const reply = await probe(deps, { product: 'books', path: '/organizations' })
      if (isFinding(reply)) return [reply]
      const { date, tookMs } = reply
      const ours = deps.clock.now() - tookMs / 2
      // The header has whole seconds.
      const clocks = date && skew('Zoho', { theirs: date.getTime() + 500, ours, fuzzMs: 500 + tookMs / 2 })
      return [matching(rowsOf(reply.body.organizations), deps), ...(clocks ? [clocks] : [])]
    } catch (error) {
      return [refusal(error, 'books /organizations', 'ZohoBooks.settings.READ')]
    }
  },
}

interface Row {
  readonly id: string
  readonly name: string
}

function rowsOf(value: unknown): readonly Row[] {
  if (!Array.isArray(value)) return []
  return value.map((row: Record<string, unknown>) => ({
    id: String(row.organization_id),
    name: String(row.name ?? ''),
  }))
}

function matching(rows: readonly Row[], { config }: DoctorDeps): Finding {
  const wanted = config.zoho.organizationId
  const own = rows.find(({ id }) => id === wanted)
  if (own) return ok(`${own.name} (${own.id}) is the configured one of ${rows.length} that the token sees`)
  const seen = some(rows.map(({ id, name }) => `${name} (${id})`))
  return problem(
    `the token does not see organisation ${wanted}; it sees ${seen || 'none'}`,
    'set ZOHO_ORGANIZATION_ID to the right one, or make the token as a user of that organisation',
  )
}
