import { sql } from '../../../../db/index.ts'
import type { Context } from '../../../context.ts'
import { errorMessage } from '../../../errors.ts'
import type { DetailedHealth, Statistics } from '../../../monitor/index.ts'

export interface OpenAlert {
  readonly severity: string
  readonly fingerprint: string
  readonly message: string
}

export interface RunningRun {
  readonly entity_type: string
  readonly mode: string
  readonly phase: string
  readonly fetched: number
  /** Of these, how many have ended. */
  readonly settled: number
  readonly started_at: Date
}

/** What the status shows. Parts that could not be read are null, and `error` says why. */
export interface StatusFacts {
  readonly at: Date
  readonly health: DetailedHealth
  readonly statistics: Statistics | null
  readonly runs: readonly RunningRun[]
  readonly alerts: readonly OpenAlert[]
  readonly error: string | null
}

export async function readStatus({ monitor, alerts, database, version, clock }: Context): Promise<StatusFacts> {
  const health = await monitor.detailedHealth(version)
  const base = { at: new Date(clock.now()), health }
  try {
    const [statistics, open, running] = await Promise.all([
      monitor.statistics(),
      alerts.list({ open: true, limit: 20 }),
      sql<RunningRun>`
        select entity_type, mode, phase, fetched, written + unchanged + stale + skipped + failed as settled, started_at
        from tds_sync_runs where status in ('running', 'read') order by id limit 20`.execute(database.db),
    ])
    const shown = open.items.map(({ severity, fingerprint, message }) => ({ severity, fingerprint, message }))
    return { ...base, statistics, runs: running.rows, alerts: shown, error: null }
  } catch (error) {
    return { ...base, statistics: null, runs: [], alerts: [], error: errorMessage(error) }
  }
}
