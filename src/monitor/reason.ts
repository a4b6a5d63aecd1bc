import { type CheckName, type ReasonCode, reasonCatalogue } from './reason-catalogue.ts'

export type Status = 'healthy' | 'degraded' | 'unhealthy'

export interface Reason {
  /** Stable, for monitors. */
  readonly code: ReasonCode
  readonly severity: Exclude<Status, 'healthy'>
  /** The part of the system it speaks of. */
  readonly check: CheckName
  readonly words: string
  /** Where the runbook says what to do. */
  readonly runbook: string
}

export type Grade = 'warning' | 'critical'
type Limit = Readonly<Record<Grade, number>>

/** Over a limit is more than it. */
export const grade = (value: number, limit: Limit): Grade | undefined =>
  value > limit.critical ? 'critical' : value > limit.warning ? 'warning' : undefined

/** A reason where the value is over a limit; null = nothing to measure. */
export function graded(
  code: ReasonCode,
  value: number | null,
  limit: Limit,
  words: (value: number) => string,
): readonly Reason[] {
  const found = value === null ? undefined : grade(value, limit)
  return value === null || !found ? [] : [reason(code, found, words(value))]
}

export function reason(code: ReasonCode, graded: Grade, words: string): Reason {
  const { check, anchor } = reasonCatalogue[code]
  const severity = graded === 'critical' ? 'unhealthy' : 'degraded'
  return { code, severity, check, words, runbook: `docs/runbook.md#${anchor}` }
}

export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  return `${Math.floor(seconds / 3600)} h`
}
