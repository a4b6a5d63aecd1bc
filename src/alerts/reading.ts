export type Severity = 'warning' | 'critical'

/** What a rule says of one thing now. A thing that no rule speaks of is calm. */
export interface Reading {
  /** `<rule>` or `<rule>:<thing>`. */
  readonly fingerprint: string
  /** What it is worth against the limits; null = nothing. */
  readonly grade: Severity | null
  /** What an alert that is already open stays as: judged by lower limits, so that it does not flap around one. */
  readonly stays: Severity | null
  readonly title: string
  readonly message: string
  /** Entry of docs/runbook.md. */
  readonly anchor: string
  /** How long it must last before an alert opens. */
  readonly openAfterSeconds: number
  /** How long it lasts already by the facts themselves, whoever has looked. */
  readonly lastedSeconds: number
  /** Another alert says why: this one may stay but not open or get worse. */
  readonly inhibited: boolean
}
