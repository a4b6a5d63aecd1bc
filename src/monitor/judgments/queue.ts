import { duration, grade, graded, reason } from '../reason.ts'
import type { Judgment } from './judgment.ts'

export const backlog: Judgment = ({ depth, thresholds }) => {
  const age = depth.oldest_due_seconds ?? 0
  const old = grade(age, thresholds.oldest_due_seconds)
  if (!old) return []
  const worst = old === 'critical' || grade(depth.due, thresholds.pending) === 'critical' ? 'critical' : 'warning'
  return [reason('backlog', worst, `${depth.due} item(s) are due, the oldest for ${duration(age)}`)]
}

export const stuck: Judgment = ({ depth, thresholds }) =>
  graded(
    'stuck',
    depth.oldest_processing_seconds,
    thresholds.processing_seconds,
    (age) => `An item has been in hand for ${duration(age)}`,
  )

export const failures: Judgment = ({ vitals, thresholds }) =>
  graded(
    'failing',
    vitals.failed_live,
    thresholds.failed,
    (failed) => `${failed} item(s) failed and wait for their next attempt`,
  )

export const deadLetters: Judgment = ({ depth, thresholds }) =>
  graded(
    'dead_letters',
    depth.dead_letter,
    thresholds.dead_letter,
    (count) => `${count} dead letter(s) wait for a person`,
  )
