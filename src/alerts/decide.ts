import type { Reading, Severity } from './reading.ts'
import { isOurs } from './rules.ts'

/** Since when a thing is over its limit while no alert is open, or calm while one is. Milliseconds since the epoch. */
export type Condition = { readonly breachedSince: number } | { readonly calmSince: number }

export interface OpenAlert {
  readonly id: number
  readonly fingerprint: string
  readonly severity: Severity
}

export interface State {
  readonly now: number
  readonly readings: readonly Reading[]
  readonly open: readonly OpenAlert[]
  readonly conditions: ReadonlyMap<string, Condition>
  readonly calmSeconds: number
}

export type Transition =
  | { readonly to: 'open'; readonly severity: Severity; readonly reading: Reading }
  /** It goes on, as what it is now. */
  | { readonly to: 'stay'; readonly id: number; readonly severity: Severity; readonly reading: Reading }
  | { readonly to: 'resolved'; readonly id: number }

export interface Decision {
  readonly transitions: readonly Transition[]
  /** The conditions that last; all others are over. */
  readonly conditions: ReadonlyMap<string, Condition>
}

/** What has to happen to which alert. Nothing is asked, nothing is written: the same state gives the same answer. */
export function decide({ now, readings, open, conditions, calmSeconds }: State): Decision {
  const transitions: Transition[] = []
  const lasting = new Map<string, Condition>()
  const alerts = new Map(open.filter(({ fingerprint }) => isOurs(fingerprint)).map((each) => [each.fingerprint, each]))
  for (const reading of readings) {
    const alert = alerts.get(reading.fingerprint)
    if (!alert) judgeClosed(reading)
    else if (reading.stays) goOn(alert, reading, reading.stays)
    else calmDown(alert)
  }
  const known = new Set(readings.map(({ fingerprint }) => fingerprint))
  for (const alert of alerts.values()) if (!known.has(alert.fingerprint)) calmDown(alert)
  return { transitions, conditions: lasting }

  function judgeClosed(reading: Reading): void {
    if (!reading.grade) return
    const before = conditions.get(reading.fingerprint)
    const breachedSince = before && 'breachedSince' in before ? before.breachedSince : now
    const lastedSeconds = Math.max((now - breachedSince) / 1000, reading.lastedSeconds)
    if (lastedSeconds >= reading.openAfterSeconds && !reading.inhibited) {
      transitions.push({ to: 'open', severity: reading.grade, reading })
    } else lasting.set(reading.fingerprint, { breachedSince })
  }

  /** Worse only over the limit itself, better only below the lower one. */
  function goOn({ id, severity: before }: OpenAlert, reading: Reading, stays: Severity): void {
    const worse = reading.grade === 'critical' && !reading.inhibited
    const severity = before === 'critical' ? stays : worse ? 'critical' : 'warning'
    transitions.push({ to: 'stay', id, severity, reading })
  }

  function calmDown({ id, fingerprint }: OpenAlert): void {
    const before = conditions.get(fingerprint)
    const calmSince = before && 'calmSince' in before ? before.calmSince : now
    if (now - calmSince >= calmSeconds * 1000) transitions.push({ to: 'resolved', id })
    else lasting.set(fingerprint, { calmSince })
  }
}
