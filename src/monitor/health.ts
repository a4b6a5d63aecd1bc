import type { DayCounts } from './day-counts.ts'
import { settleCounters } from './day-counts.ts'
import type { Reason } from './reason.ts'
import { checkNames } from './reason-catalogue.ts'
import type { DetailedHealth, Health } from './shapes.ts'
import type { Here, Snapshot } from './types.ts'
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
  here: Here,
  at: { readonly time: string; readonly version: string },
): Omit<DetailedHealth, keyof Health> {
  const checks = Object.fromEntries(
    checkNames.map((name) => [name, { status: snapshot || isLocal.has(name) ? worst(name, reasons) : 'fail' }]),
  )
  const summary = { ...(snapshot && summarise(snapshot)), ...summariseHere(here) }
  return { ...at, reasons: [...reasons], summary, checks }
}

/** What can be checked without the database. */
const isLocal: ReadonlySet<string> = new Set(['database', 'disk'])

const worst = (name: string, reasons: readonly Reason[]) => {
  const found = reasons.filter((reason) => reason.check === name)
  if (found.some((reason) => reason.severity === 'unhealthy')) return 'fail'
  return found.length > 0 ? 'warn' : 'pass'
}

type Totals = Readonly<Record<(typeof settleCounters)[number], number>>

export function totalsOf(day: DayCounts): Totals {
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
  const { at, depth, vitals, zoho, databaseMs, databaseSkewMs, pictures } = snapshot
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
    last_attempt_age_s: vitals.last_attempt_seconds,
    leader_age_s: vitals.leader_seconds,
    images_present: pictures.present,
    images_unusable: pictures.bad,
    images_missing: pictures.missing,
    clock_skew_database_ms: databaseSkewMs,
    clock_skew_zoho_ms: zoho.clockSkewMs,
  }
}

function summariseHere({ folders, spool }: Here): DetailedHealth['summary'] {
  const free = new Map(folders.map(({ name, freePercent }) => [name, freePercent]))
  return {
    disk_free_pct: free.get('image') ?? null,
    spool_disk_free_pct: free.get('spool') ?? null,
    spool_bytes: spool?.bytes ?? null,
    spool_oldest_s: spool?.oldestSeconds ?? null,
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
