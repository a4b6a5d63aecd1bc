export type Status = 'healthy' | 'degraded' | 'unhealthy'

export interface Reason {
  /** Stable, for monitors. */
  readonly code: string
  readonly severity: Exclude<Status, 'healthy'>
  /** The part of the system it speaks of. */
  readonly check: CheckName
  readonly words: string
  /** Where the runbook says what to do. */
  readonly runbook: string
}

export const checkNames = [
  'database',
  'workers',
  'queue',
  'dead_letters',
  'inbox',
  'sync',
  'drift',
  'zoho',
  'disk',
  'configuration',
] as const
export type CheckName = (typeof checkNames)[number]

export type Grade = 'warning' | 'critical'
type Limit = Readonly<Record<Grade, number>>

interface Finding {
  readonly code: string
  readonly check: CheckName
  readonly words: string
  readonly anchor: string
}

export const grade = (value: number, limit: Limit): Grade | undefined =>
  value > limit.critical ? 'critical' : value > limit.warning ? 'warning' : undefined

/** A reason where the value is over a limit; null = nothing to measure. */
export function graded(value: number | null, limit: Limit, find: (value: number) => Finding): readonly Reason[] {
  const found = value === null ? undefined : grade(value, limit)
  if (value === null || !found) return []
  const { code, check, words, anchor } = find(value)
  return [reason(code, found, check, words, anchor)]
}

export function reason(code: string, graded: Grade, check: CheckName, words: string, anchor: string): Reason {
  const severity = graded === 'critical' ? 'unhealthy' : 'degraded'
  return { code, severity, check, words, runbook: `docs/runbook.md#${anchor}` }
}

export function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  return `${Math.floor(seconds / 3600)} h`
}
