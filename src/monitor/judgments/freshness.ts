import { duration, graded, reason } from '../reason.ts'
import type { Judgment } from './judgment.ts'

const synced: Judgment = ({ at, runs, plannedEvery, thresholds }) =>
  [...plannedEvery].flatMap(([entityType, everySeconds]) => {
    const settledAt = runs.get(entityType)?.settledAt
    if (!settledAt) return [reason('never_synced', 'warning', `${entityType}: no complete run has settled yet`)]
    const age = Math.floor((at - settledAt.getTime()) / 1000)
    return graded(
      'sync_overdue',
      age - everySeconds,
      thresholds.sync_delay_seconds,
      (late) => `${entityType}: the last complete run ended ${duration(age)} ago, ${duration(late)} past its due time`,
    )
  })

/** The guard's alert is open until a run of the entity ends well. */
const held: Judgment = ({ vitals }) =>
  vitals.open_alerts
    .filter(({ fingerprint }) => fingerprint.startsWith('mass-change:'))
    .map(({ title, message }) => reason('run_held', 'warning', `${title}: ${message}`))

const drift: Judgment = ({ vitals, thresholds }) =>
  vitals.drifted.flatMap(({ entity_type, differences, finding_errors }) => [
    ...graded(
      'drift',
      differences,
      thresholds.drift,
      (count) => `${entity_type}: the last verify found ${count} difference(s) from Zoho`,
    ),
    ...graded(
      'findings',
      finding_errors,
      thresholds.finding_errors,
      (count) => `${entity_type}: the last verify found ${count} contradiction(s) among our own rows`,
    ),
  ])

/** An entity that was never proven counts from its first run. */
const proof: Judgment = ({ at, runs, plannedEvery, thresholds }) =>
  [...plannedEvery.keys()].flatMap((entityType) => {
    const { verifiedThrough = null, firstAt = null } = runs.get(entityType) ?? {}
    const since = verifiedThrough ?? firstAt
    return graded(
      'unverified',
      since && Math.floor((at - since.getTime()) / 1000),
      thresholds.verified_seconds,
      (age) =>
        verifiedThrough
          ? `${entityType}: proven equal to Zoho ${duration(age)} ago for the last time`
          : `${entityType}: not proven equal to Zoho in the ${duration(age)} since its first run`,
    )
  })

export const freshness: readonly Judgment[] = [synced, held, drift, proof]
