import { databaseAway, judgments } from './judgments.ts'
import type { Reason, Status } from './reason.ts'
import type { Snapshot } from './types.ts'

export interface Verdict {
  readonly status: Status
  readonly reasons: readonly Reason[]
}

/** What a snapshot means; undefined = the database did not answer. Worst reasons first. */
export function judge(snapshot: Snapshot | undefined): Verdict {
  const reasons = snapshot ? judgments.flatMap((judgment) => judgment(snapshot)) : [databaseAway]
  const unhealthy = reasons.filter((reason) => reason.severity === 'unhealthy')
  const degraded = reasons.filter((reason) => reason.severity === 'degraded')
  const status = unhealthy.length > 0 ? 'unhealthy' : degraded.length > 0 ? 'degraded' : 'healthy'
  return { status, reasons: [...unhealthy, ...degraded] }
}
