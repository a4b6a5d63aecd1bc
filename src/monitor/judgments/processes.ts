import { duration, grade, graded, reason } from '../reason.ts'
import type { Judgment } from './judgment.ts'

const alive: Judgment = ({ depth, vitals }) => {
  if (vitals.living_processes > 0) return []
  const work = depth.pending + depth.processing + depth.failed
  const since = vitals.last_heartbeat_seconds === null ? 'ever' : `for ${duration(vitals.last_heartbeat_seconds)}`
  const words = `No process has given a sign of life ${since}, and ${work} item(s) wait`
  return [reason('no_worker', work > 0 ? 'critical' : 'warning', words)]
}

/** A worker may beat and do nothing: what counts is that attempts end while items are due. */
const moving: Judgment = ({ depth, vitals, thresholds }) => {
  if (vitals.living_processes === 0) return []
  const due = depth.oldest_due_seconds ?? 0
  const idle = vitals.last_attempt_seconds ?? Number.POSITIVE_INFINITY
  return graded(
    'worker_hung',
    Math.min(due, idle),
    thresholds.stalled_seconds,
    (age) => `${depth.due} item(s) are due, and no attempt has ended for ${duration(age)} though processes live`,
  )
}

/** A pass of ours that does not end, whatever else goes on. */
const passing: Judgment = ({ thresholds }, { passSeconds }) =>
  graded(
    'worker_hung',
    passSeconds,
    thresholds.stalled_seconds,
    (age) => `A worker loop of this process has been in one pass for ${duration(age)}`,
  )

export const workers: readonly Judgment[] = [alive, moving, passing]

export const leader: Judgment = ({ vitals, zoho, thresholds }) => {
  if (vitals.living_processes === 0 || !zoho.configured) return []
  return graded(
    'no_leader',
    vitals.leader_seconds ?? vitals.oldest_process_seconds,
    thresholds.no_leader_seconds,
    (age) => `No process has led for ${duration(age)}, so nobody fires the timetable`,
  )
}

export const timetable: Judgment = (snapshot, here) => {
  const { pulse, vitals, thresholds } = snapshot
  const fired = pulse && vitals.fired[pulse.name]
  // Without a leader that is why.
  if (!pulse || fired === undefined || leader(snapshot, here).length > 0) return []
  return graded(
    'timetable_late',
    fired === null ? null : fired - pulse.everySeconds,
    thresholds.firing_delay_seconds,
    (late) => `The timetable fires no more: ${pulse.name} is ${duration(late)} late`,
  )
}

export const clockSkew: Judgment = ({ databaseSkewMs, zoho, thresholds }) => {
  const skews = { 'the database': databaseSkewMs, Zoho: zoho.clockSkewMs }
  return Object.entries(skews).flatMap(([whose, ms]) => {
    const seconds = Math.abs(ms ?? 0) / 1000
    const found = grade(seconds, thresholds.clock_skew_seconds)
    const words = `The clock of this process is ${duration(seconds)} ${(ms ?? 0) > 0 ? 'behind' : 'ahead of'} that of ${whose}`
    return found ? [reason('clock_skew', found, words)] : []
  })
}

export const configuration: Judgment = ({ thresholdsAreValid }) =>
  thresholdsAreValid
    ? []
    : [
        reason(
          'thresholds_unreadable',
          'warning',
          'alerts.thresholds in tds_configuration cannot be read; the defaults judge',
        ),
      ]
