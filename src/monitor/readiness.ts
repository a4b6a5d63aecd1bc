import { sql } from '../../db/index.ts'
import type { MonitorDeps } from './types.ts'

export interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly string[]
}

const deadlineMs = 1000

/** Whether requests should come here: the database answers within a second and nothing speaks against it. */
export async function readReadiness({ db, clock, notReady }: MonitorDeps): Promise<Readiness> {
  const standing = notReady?.() ?? null
  const reasons = [...(standing === null ? [] : [standing]), ...(await pingDatabase({ db, clock }))]
  return { ready: reasons.length === 0, reasons }
}

async function pingDatabase({ db, clock }: Pick<MonitorDeps, 'db' | 'clock'>): Promise<readonly string[]> {
  const answered = new AbortController()
  const ping = sql`select 1`.execute(db).then(
    () => [],
    // Anybody may ask: what exactly is wrong is in the log and in health.
    () => ['the database does not answer'],
  )
  const tooLate = clock
    .sleep(deadlineMs, answered.signal)
    .then(() => [`the database did not answer within ${deadlineMs} ms`])
  return Promise.race([ping, tooLate]).finally(() => answered.abort())
}
