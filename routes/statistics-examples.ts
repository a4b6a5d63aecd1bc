import type { EntityStatistics, History, Statistics } from '../src/monitor/index.ts'

const at = '2026-01-05T09:30:00.000Z'
const timing = { count: 40, p50_ms: 180, p95_ms: 820, p99_ms: 1400 }

export const entityExample: EntityStatistics = {
  rows: { live: 2221, tombstoned: 3, exact: true },
  last_24h: { written: 120, unchanged: 2040, stale: 2, skipped: 0, failed: 1, failed_attempts: 6 },
  last_run: {
    id: 4711,
    mode: 'incremental',
    status: 'settled',
    strategy: 'filter',
    started_at: '2026-01-05T09:20:00.000Z',
    settled_at: '2026-01-05T09:20:04.000Z',
    fetched: 3,
    written: 2,
    unchanged: 1,
    stale: 0,
    skipped: 0,
    failed: 0,
    error_code: null,
  },
  last_settled_at: '2026-01-05T09:20:04.000Z',
  verified_through: '2026-01-05T00:10:00.000Z',
  freshness: { age_seconds: 596, due_every_seconds: 600, late_seconds: 0 },
  drift: { verified_at: '2026-01-05T00:12:00.000Z', differences: 0, findings: 4, finding_errors: 0 },
  last_webhook_at: '2026-01-05T09:29:40.000Z',
  lag: timing,
  waiting: { count: 46, p50_ms: 12, p95_ms: 95, p99_ms: 240 },
  running: { count: 46, p50_ms: 150, p95_ms: 600, p99_ms: 1100 },
  queue: { pending: 1, processing: 0, failed: 0, dead_letter: 1 },
}

const { failed_attempts: _, ...settled } = entityExample.last_24h

export const statisticsExample: Statistics = {
  time: at,
  counted_at: at,
  status: 'degraded',
  pauses: [],
  last_24h: { ...settled, success_rate: 99.95 },
  queue: {
    pending: 1,
    processing: 0,
    failed: 0,
    dead_letter: 1,
    due: 1,
    oldest_due_seconds: 1,
    oldest_processing_seconds: null,
    oldest_seconds: { pending: 1, processing: null, failed: null, dead_letter: 7200 },
    stuck: 0,
    by_wait_reason: {},
    waiting: entityExample.waiting,
    running: entityExample.running,
  },
  entities: { products: entityExample },
  images: {
    by_status: { present: 1612, none: 604 },
    products: 2221,
    products_with_images: 1612,
    coverage_percent: 72.58,
  },
  webhooks: {
    last_at: entityExample.last_webhook_at,
    oldest_waiting_seconds: null,
    last_by_module: { products: '2026-01-05T09:29:40.000Z' },
    last_minute: { received: 2, duplicate: 0, promoted: 2, parked: 0, refused: 0 },
    last_24h: { received: 310, duplicate: 12, promoted: 297, parked: 1, refused: 3 },
    refused_24h: { signature: 3 },
    missed_24h: 0,
    lag: timing,
  },
  healing: { healed_24h: { 'expired-leases': 1 } },
  zoho: {
    calls: { minute: { 'products.read': 2 }, day: { products: 144, 'products.read': 96 } },
    minute: { ceiling: 90, held: 2, left: 88 },
    day: { inventory: { limit: 10_000, used: 412, left: 9588, resets_at: '2026-01-05T21:00:00.000Z' } },
  },
  backfill: { invoices: { pending: 30, share_per_day: 20, allowed_now: 4, finish_date: '2026-01-07' } },
  timetable: [
    {
      task: 'products.incremental',
      entity: 'products',
      mode: 'incremental',
      calls: 1,
      runs_a_day: 144,
      every_seconds: 600,
      fits: true,
    },
  ],
}

export const historyExample: History = {
  from: '2026-01-05T08:30:00.000Z',
  to: at,
  step_seconds: 60,
  points: [
    {
      at: '2026-01-05T09:29:00.000Z',
      values: {
        queue_pending: 1,
        wait_count: 2,
        wait_p50_ms: 12,
        wait_p95_ms: 14,
        wait_p99_ms: 15,
        webhook_received: 2,
        written: 2,
      },
    },
  ],
}
