import { duration, grade, graded, type Reason, reason } from './reason.ts'
import type { Snapshot } from './types.ts'

/** One question each: what of the snapshot is not as it should be. */
export type Judgment = (snapshot: Snapshot) => readonly Reason[]

export const databaseAway: Reason = {
  code: 'database_away',
  severity: 'unhealthy',
  check: 'database',
  words: 'The database does not answer; webhooks are kept in the spool meanwhile',
  runbook: 'docs/runbook.md#database',
}

const workers: Judgment = ({ depth, vitals }) => {
  if (vitals.living_processes > 0) return []
  const work = depth.pending + depth.processing + depth.failed
  const since = vitals.last_heartbeat_seconds === null ? 'ever' : `for ${duration(vitals.last_heartbeat_seconds)}`
  const words = `No process has given a sign of life ${since}, and ${work} item(s) wait`
  return [reason('no_worker', work > 0 ? 'critical' : 'warning', 'workers', words, 'stuck')]
}

const backlog: Judgment = ({ depth, thresholds }) => {
  const age = depth.oldest_due_seconds ?? 0
  const old = grade(age, thresholds.oldest_due_seconds)
  if (!old) return []
  const worst = old === 'critical' || grade(depth.due, thresholds.pending) === 'critical' ? 'critical' : 'warning'
  const words = `${depth.due} item(s) are due, the oldest for ${duration(age)}`
  return [reason('backlog', worst, 'queue', words, 'backlog')]
}

const stuck: Judgment = ({ depth, thresholds }) =>
  graded(depth.oldest_processing_seconds, thresholds.processing_seconds, (age) => ({
    code: 'stuck',
    check: 'queue',
    words: `An item has been in hand for ${duration(age)}`,
    anchor: 'stuck',
  }))

const failures: Judgment = ({ depth, thresholds }) =>
  graded(depth.failed, thresholds.failed, (failed) => ({
    code: 'failing',
    check: 'queue',
    words: `${failed} item(s) failed and wait for their next attempt`,
    anchor: 'failing',
  }))

const deadLetters: Judgment = ({ depth, thresholds }) =>
  graded(depth.dead_letter, thresholds.dead_letter, (count) => ({
    code: 'dead_letters',
    check: 'dead_letters',
    words: `${count} dead letter(s) wait for a person`,
    anchor: 'dead-letters',
  }))

const inbox: Judgment = ({ vitals, thresholds }) =>
  graded(vitals.oldest_waiting_webhook_seconds, thresholds.waiting_webhook_seconds, (age) => ({
    code: 'webhooks_waiting',
    check: 'inbox',
    words: `A webhook was kept ${duration(age)} ago and is not queued yet`,
    anchor: 'webhooks-waiting',
  }))

const freshness: Judgment = ({ at, runs, plannedEvery, thresholds }) =>
  [...plannedEvery].flatMap(([entityType, everySeconds]) => {
    const settledAt = runs.get(entityType)?.settledAt
    if (!settledAt) {
      return [
        reason('never_synced', 'warning', 'sync', `${entityType}: no complete run has settled yet`, 'never-synced'),
      ]
    }
    const age = Math.floor((at - settledAt.getTime()) / 1000)
    return graded(age - everySeconds, thresholds.sync_delay_seconds, (late) => ({
      code: 'sync_overdue',
      check: 'sync',
      words: `${entityType}: the last complete run ended ${duration(age)} ago, ${duration(late)} past its due time`,
      anchor: 'sync-overdue',
    }))
  })

const drift: Judgment = ({ vitals }) =>
  vitals.drifted.map(({ entity_type, differences }) =>
    reason(
      'drift',
      'warning',
      'drift',
      `${entity_type}: the last verify found ${differences} difference(s) from Zoho`,
      'drift',
    ),
  )

const token: Judgment = ({ zoho: { configured, token } }) => {
  if (!configured) {
    return [reason('zoho_not_configured', 'warning', 'zoho', 'No Zoho credentials are configured', 'zoho-token')]
  }
  if (!token.pausedAt) return []
  const words = `Zoho refuses our credentials (${token.errorCode ?? 'no code'}) since ${token.pausedAt.toISOString()}; the sync is paused`
  return [reason('token_paused', 'critical', 'zoho', words, 'zoho-token')]
}

const budget: Judgment = ({ at, zoho, thresholds }) => {
  const { blockedUntil, blockCode } = zoho.budget
  const blocked = blockedUntil !== null && blockedUntil.getTime() > at
  const words = `Zoho blocks our calls (code ${blockCode ?? 'unknown'}) until ${blockedUntil?.toISOString()}`
  return [
    ...(blocked ? [reason('zoho_blocked', 'warning', 'zoho', words, 'zoho-limits')] : []),
    ...Object.entries(zoho.products).flatMap(([product, state]) => {
      const usedPercent = state.dayLimit > 0 ? Math.floor((state.dayUsed / state.dayLimit) * 100) : 0
      const quota = `${product}: ${usedPercent} % of the day's ${state.dayLimit} calls are used`
      const breaker = `${product}: calls are stopped after ${state.breakerFailures} failure(s) in a row`
      return [
        ...(usedPercent > thresholds.day_quota_percent
          ? [reason('day_quota', 'warning', 'zoho', quota, 'zoho-limits')]
          : []),
        ...(state.breaker === 'closed' ? [] : [reason('breaker_open', 'warning', 'zoho', breaker, 'zoho-breaker')]),
      ]
    }),
  ]
}

const disk: Judgment = ({ diskFreePercent: free, thresholds: { disk_free_percent: least } }) => {
  if (free === null || free >= least.warning) return []
  const words = `${free} % of the image disk is free`
  return [reason('disk_full', free < least.critical ? 'critical' : 'warning', 'disk', words, 'disk')]
}

const configuration: Judgment = ({ thresholdsAreValid }) =>
  thresholdsAreValid
    ? []
    : [
        reason(
          'thresholds_unreadable',
          'warning',
          'configuration',
          'alerts.thresholds in tds_configuration cannot be read; the defaults judge',
          'thresholds',
        ),
      ]

export const judgments: readonly Judgment[] = [
  workers,
  backlog,
  stuck,
  failures,
  deadLetters,
  inbox,
  freshness,
  drift,
  token,
  budget,
  disk,
  configuration,
]
