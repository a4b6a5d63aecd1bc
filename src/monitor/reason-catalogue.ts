export const checkNames = [
  'database',
  'workers',
  'scheduler',
  'queue',
  'dead_letters',
  'inbox',
  'sync',
  'drift',
  'zoho',
  'images',
  'disk',
  'clock',
  'configuration',
] as const
export type CheckName = (typeof checkNames)[number]

interface Entry {
  readonly check: CheckName
  /** Entry of docs/runbook.md. */
  readonly anchor: string
  /** The worst it can make of health. */
  readonly worst: 'degraded' | 'unhealthy'
}

const entry = (check: CheckName, anchor: string, worst: Entry['worst']): Entry => ({ check, anchor, worst })

/** Every reason health can give: a judgment cannot give another, and each has its break-and-recover row in the tests. */
export const reasonCatalogue = {
  database_away: entry('database', 'database', 'unhealthy'),
  database_refuses: entry('database', 'database', 'degraded'),
  no_worker: entry('workers', 'stuck', 'unhealthy'),
  worker_hung: entry('workers', 'stuck', 'unhealthy'),
  no_leader: entry('scheduler', 'no-leader', 'unhealthy'),
  timetable_late: entry('scheduler', 'no-leader', 'unhealthy'),
  backlog: entry('queue', 'backlog', 'unhealthy'),
  stuck: entry('queue', 'stuck', 'unhealthy'),
  failing: entry('queue', 'failing', 'unhealthy'),
  dead_letters: entry('dead_letters', 'dead-letters', 'unhealthy'),
  webhooks_waiting: entry('inbox', 'webhooks-waiting', 'unhealthy'),
  spool_waiting: entry('inbox', 'spool', 'unhealthy'),
  spool_damaged: entry('inbox', 'spool', 'degraded'),
  webhooks_silent: entry('inbox', 'webhooks-silent', 'degraded'),
  missed_webhooks: entry('inbox', 'missed-webhooks', 'degraded'),
  never_synced: entry('sync', 'never-synced', 'degraded'),
  sync_overdue: entry('sync', 'sync-overdue', 'unhealthy'),
  paused: entry('sync', 'paused', 'degraded'),
  run_held: entry('sync', 'held-runs', 'degraded'),
  drift: entry('drift', 'drift', 'unhealthy'),
  findings: entry('drift', 'findings', 'unhealthy'),
  unverified: entry('drift', 'unverified', 'unhealthy'),
  zoho_not_configured: entry('zoho', 'zoho-token', 'degraded'),
  token_paused: entry('zoho', 'zoho-token', 'unhealthy'),
  zoho_blocked: entry('zoho', 'zoho-limits', 'degraded'),
  day_quota: entry('zoho', 'zoho-limits', 'degraded'),
  breaker_open: entry('zoho', 'zoho-breaker', 'degraded'),
  images_missing: entry('images', 'images', 'unhealthy'),
  images_failing: entry('images', 'images', 'unhealthy'),
  images_paused: entry('images', 'zoho-token', 'degraded'),
  disk_full: entry('disk', 'disk', 'unhealthy'),
  folder_unusable: entry('disk', 'disk', 'unhealthy'),
  clock_skew: entry('clock', 'clock', 'unhealthy'),
  thresholds_unreadable: entry('configuration', 'thresholds', 'degraded'),
} as const satisfies Readonly<Record<string, Entry>>

export type ReasonCode = keyof typeof reasonCatalogue
