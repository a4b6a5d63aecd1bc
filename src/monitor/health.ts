import type { DayCounts } from './day-counts.ts'
import { settleCounters } from './day-counts.ts'
import { checkNames, type Reason } from './reason.ts'
import type { DetailedHealth, Health } from './shapes.ts'
import type { Snapshot } from './types.ts'
import type { Verdict } from './verdict.ts'

/** What anyone may see: the same shape with nulls when the database does not answer. */
export function toHealth(snapshot: Snapshot | undefined, verdict: Verdict, entityTypes: readonly string[]): Health {
  const totals = snapshot && totalsOf(snapshot.day)
  return {
    status: verdict.status,
    queue: {
      pending: snapshot?.depth.pending ?? null,
      processing: snapshot?.depth.processing ?? null,
      failed: snapshot?.depth.failed ?? null,
      dead_letter: snapshot?.depth.dead_letter ?? null,
    },
    last_sync: Object.fromEntries(
      entityTypes.map((name) => [name, snapshot?.runs.get(name)?.settledAt?.toISOString() ?? null]),
    ),
    stats: { total_synced_24h: totals?.written ?? null, success_rate: totals ? successRate(totals) : null },
  }
}

/** What a key with `health:read` sees beside it. */
export function toDetails(
  snapshot: Snapshot | undefined,
  { reasons }: Verdict,
  at: { readonly time: string; readonly version: string },
): Omit<DetailedHealth, keyof Health> {
  const checks = Object.fromEntries(
    checkNames.map((name) => [name, { status: snapshot || name === 'database' ? worst(name, reasons) : 'fail' }]),
  )
  return { ...at, reasons: [...reasons], summary: snapshot ? summarise(snapshot) : {}, checks }
}

const worst = (name: string, reasons: readonly Reason[]) => {
  const found = reasons.filter((reason) => reason.check === name)
  if (found.some((reason) => reason.severity === 'unhealthy')) return 'fail'
  return found.length > 0 ? 'warn' : 'pass'
}

type Totals = Readonly<Record<(typeof settleCounters)[number], number>>

function totalsOf(day: DayCounts): Totals {
  const sum = (name: string) => [...day.values()].reduce((total, counts) => total + (counts[name] ?? 0), 0)
  return {
    written: sum('written'),
    unchanged: sum('unchanged'),
    stale: sum('stale'),
    skipped: sum('skipped'),
    failed: sum('failed'),
  }
}

/** Percent, rounded down to two places: one failure among millions must not show as 100. */
export function successRate(totals: Totals): number {
  const settled = settleCounters.reduce((sum, name) => sum + totals[name], 0)
  return settled === 0 ? 100 : Math.floor(((settled - totals.failed) / settled) * 10_000) / 100
}

function summarise(snapshot: Snapshot): DetailedHealth['summary'] {
  const { at, depth, vitals, zoho, databaseMs, diskFreePercent } = snapshot
  const secondsUntil = (date: Date | null) => (date ? Math.round((date.getTime() - at) / 1000) : null)
  const secondsSince = (date: Date | null) => (date ? Math.max(0, Math.round((at - date.getTime()) / 1000)) : null)
  return {
    database_ms: databaseMs,
    queue_pending: depth.pending,
    queue_due: depth.due,
    queue_oldest_due_s: depth.oldest_due_seconds,
    queue_processing: depth.processing,
    queue_oldest_processing_s: depth.oldest_processing_seconds,
    queue_failed: depth.failed,
    dead_letters: depth.dead_letter,
    webhook_oldest_waiting_s: vitals.oldest_waiting_webhook_seconds,
    last_webhook_age_s: secondsSince(vitals.last_webhook_at),
    living_processes: vitals.living_processes,
    last_heartbeat_s: vitals.last_heartbeat_seconds,
    alerts_open: vitals.open_warnings + vitals.open_criticals,
    open_warnings: vitals.open_warnings,
    open_criticals: vitals.open_criticals,
    token_expires_in_s: secondsUntil(zoho.token.expiresAt),
    zoho_minute_held: zoho.budget.minuteHeld,
    zoho_minute_ceiling: zoho.budget.minuteCeiling,
    zoho_in_flight: zoho.budget.inFlight,
    ...perProduct(zoho.products),
    disk_free_pct: diskFreePercent,
  }
}

const perProduct = (products: Snapshot['zoho']['products']) =>
  Object.fromEntries(
    Object.entries(products).flatMap(([product, state]) => [
      [`zoho_${product}_day_used`, state.dayUsed],
      [`zoho_${product}_day_limit`, state.dayLimit],
      [`zoho_${product}_breaker`, state.breaker],
    ]),
  )
