import { errorMessage, TdsError } from '../../errors.ts'
import type { ProbeReply, Product } from '../../zoho/index.ts'
import { type DoctorDeps, type Finding, problem, skipped, warning } from '../types.ts'

export interface ProbeTarget {
  readonly product: Product
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly fileMaxBytes?: number
}

/** A slot of the budget is waited for so long. */
const patienceMs = 70_000

/** One call under the normal budget, or what kept it from being made. @throws what Zoho answered */
export async function probe(
  deps: Pick<DoctorDeps, 'zoho' | 'signal'>,
  target: ProbeTarget,
): Promise<ProbeReply | Finding> {
  const patience = AbortSignal.timeout(patienceMs)
  const signal = AbortSignal.any([deps.signal, patience])
  try {
    const reply = await deps.zoho.probe({ ...target, purpose: 'doctor', signal })
    return reply ?? skipped('no living access token is stored; see the check "token"')
  } catch (error) {
    if (signal.aborted) return skipped('no call was free within a minute')
    if (error instanceof TdsError && error.kind === 'wait') return skipped(errorMessage(error))
    throw error
  }
}

export const isFinding = (answer: ProbeReply | Finding): answer is Finding => 'verdict' in answer

/** What an answer of Zoho's means for whoever set this up. */
export function refusal(error: unknown, what: string, scope: string | undefined): Finding {
  if (!(error instanceof TdsError)) throw error
  if (error.code === 'ZOHO_SCOPE') {
    const words = `${what}: code 57, the token lacks ${scope ?? 'the scope of this path'}, or its user the role for it`
    return problem(
      words,
      `npm run tds -- zoho auth prints all scopes; make a code with ${scope ?? 'them'}, exchange it, set ZOHO_REFRESH_TOKEN, restart`,
    )
  }
  const said = `${what}: ${error.message}`
  if (error.code === 'ZOHO_UNAUTHORIZED')
    return problem(
      said,
      'the stored token is refused: the service renews it with its next call; look again in a minute',
    )
  if (error.kind === 'transient') return warning(said, 'look again in a minute, and at status.zoho.com')
  return problem(said, 'see the runbook')
}
