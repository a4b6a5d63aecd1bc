import { databaseAway, judgments, localJudgments } from './judgments/index.ts'
import type { Reason, Status } from './reason.ts'
import type { Here, Snapshot } from './types.ts'

export interface Verdict {
  readonly status: Status
  readonly reasons: readonly Reason[]
}

/** What the facts mean; without a snapshot the database did not answer. Worst reasons first. */
export function judge(snapshot: Snapshot | undefined, here: Here): Verdict {
  const reasons = [
    ...(snapshot ? judgments.flatMap((judgment) => judgment(snapshot, here)) : [databaseAway]),
    ...localJudgments.flatMap((judgment) => judgment(here, snapshot)),
  ]
  const unhealthy = reasons.filter((reason) => reason.severity === 'unhealthy')
  const degraded = reasons.filter((reason) => reason.severity === 'degraded')
  const status = unhealthy.length > 0 ? 'unhealthy' : degraded.length > 0 ? 'degraded' : 'healthy'
  return { status, reasons: [...unhealthy, ...degraded] }
}
