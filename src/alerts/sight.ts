/** What alerts are decided by: the part of the monitor's snapshot they look at, and the two facts read beside it. */
export interface Sight {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly depth: {
    readonly dead_letter: number
    /** Items that should run now and are no part of bulk work. */
    readonly due: number
    readonly oldest_due_seconds: number | null
  }
  readonly day: ReadonlyMap<string, Readonly<Record<string, number>>>
  readonly runs: ReadonlyMap<string, { readonly settledAt: Date | null }>
  /** Seconds between complete runs, of the entities that have a due time of their own. */
  readonly plannedEvery: ReadonlyMap<string, number>
  /** Failed items that are no part of bulk work. */
  readonly vitals: { readonly failed_live: number }
  /** Webhooks, measured by the same hour of other weeks. */
  readonly silence: {
    readonly isSilent: boolean
    readonly isBusyHour: boolean
    readonly usual: number
    readonly seconds: number
  }
  readonly zoho: {
    readonly token: { readonly pausedAt: Date | null; readonly errorCode: string | null }
    readonly products: Readonly<
      Record<string, { readonly dayLimit: number; readonly dayUsed: number; readonly dayRemaining: number | null }>
    >
  }
  readonly thresholds: AlertThresholds
}

export interface Limit {
  readonly warning: number
  readonly critical: number
}

export interface AlertThresholds {
  readonly pending: Limit
  readonly oldest_due_seconds: Limit
  readonly failed: Limit
  readonly dead_letter: Limit
  readonly sync_delay_seconds: Limit
  /** Critical when no entity had a complete run for so long. */
  readonly no_sync_seconds: number
  readonly day_quota_percent: number
  /** Critical when so many edits of a day, or more, were found without a webhook. */
  readonly missed_webhooks: number
  /** How long a reason of health must last before its alert opens. */
  readonly health_alert_seconds: Limit
  readonly renotify_seconds: Limit
  /** How long a condition must be over before its alert resolves. */
  readonly calm_seconds: number
}

/** Facts of the webhooks that health does not need. */
export interface WebhookFacts {
  /** Edits of the last 24 hours that incremental runs found and no webhook told of, by entity. */
  readonly missed: ReadonlyMap<string, number>
  /** Webhooks of the last 24 hours that were parked because nothing here mirrors what they speak of, by module. */
  readonly unsupported: ReadonlyMap<string, number>
}

/** What one look found: without a sight the database did not answer. */
export interface Observation {
  readonly status: 'healthy' | 'degraded' | 'unhealthy'
  /** Why health is not healthy. */
  readonly reasons: readonly HealthReason[]
  readonly sight: Sight | undefined
}

export interface HealthReason {
  readonly code: string
  readonly severity: 'degraded' | 'unhealthy'
  readonly words: string
  /** Place of its entry, `docs/runbook.md#<anchor>`. */
  readonly runbook: string
}
