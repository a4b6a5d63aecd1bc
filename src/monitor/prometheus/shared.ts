import { Gauge, Registry } from 'prom-client'
import type { Facts } from '../monitor.ts'
import type { Stocktake } from '../stocktake.ts'
import type { Snapshot } from '../types.ts'

/** Values by labels; a metric without labels has one value of none. */
type Values = readonly (readonly [labels: Readonly<Record<string, string>>, value: number | null])[]

interface SharedGauge {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  readonly values: (facts: Known) => Values
}

interface Known {
  readonly snapshot: Snapshot
  readonly stocktake: Stocktake | undefined
}

/**
 * How things stand, as all instances on one database share it: read from PostgreSQL with the snapshot that health is
 * judged by. Every instance says the same, so several are combined by `max`, never added up. What is not known is
 * absent, not zero.
 */
export function sharedRegistry({ status, snapshot, stocktake, here }: Facts): Registry {
  const registry = new Registry()
  const gauge = (name: string, help: string, labels: readonly string[], values: Values) => {
    const known = values.flatMap(([own, value]) => (value === null ? [] : [[own, value] as const]))
    const metric = new Gauge({ name, help, labelNames: [...labels], registers: [registry] })
    // A gauge without labels begins as 0; what is not known must not.
    metric.reset()
    if (known.length === 0 && labels.length === 0) registry.removeSingleMetric(name)
    for (const [own, value] of known) metric.set({ ...own }, value)
  }
  gauge('tds_database_up', '1 while the database answers', [], [[{}, snapshot ? 1 : 0]])
  const statuses = ['healthy', 'degraded', 'unhealthy'].map(
    (each) => [{ status: each }, each === status ? 1 : 0] as const,
  )
  gauge('tds_health', '1 for the status that health gives', ['status'], statuses)
  const disks = here.folders.map(({ name, freePercent }) => [{ folder: name }, share(freePercent)] as const)
  gauge('tds_disk_free_ratio', 'Free part of the disk a folder is on, of this instance', ['folder'], disks)
  gauge('tds_spool_bytes', 'Webhooks that wait on the disk of this instance', [], [[{}, here.spool?.bytes ?? null]])
  if (!snapshot) return registry
  for (const { name, help, labels, values } of gauges) gauge(name, help, labels, values({ snapshot, stocktake }))
  return registry
}

const share = (percent: number | null) => (percent === null ? null : percent / 100)
const seconds = (at: Date | null | undefined) => (at ? at.getTime() / 1000 : null)
const one = (value: number | null): Values => [[{}, value]]
const products = ({ snapshot }: Known) => Object.entries(snapshot.zoho.products)

const gauges: readonly SharedGauge[] = [
  {
    name: 'tds_queue_items',
    help: 'Items of the queue that are not finished, and open dead letters',
    labels: ['state'],
    values: ({ snapshot: { depth } }) =>
      (['pending', 'processing', 'failed', 'dead_letter'] as const).map((state) => [{ state }, depth[state]]),
  },
  {
    name: 'tds_queue_due_items',
    help: 'Items that should run now and are no part of bulk work',
    labels: [],
    values: ({ snapshot }) => one(snapshot.depth.due),
  },
  {
    name: 'tds_queue_oldest_age_seconds',
    help: 'For how long the oldest item is due, or in hand; 0 where there is none',
    labels: ['state'],
    values: ({ snapshot: { depth } }) => [
      [{ state: 'due' }, depth.oldest_due_seconds ?? 0],
      [{ state: 'processing' }, depth.oldest_processing_seconds ?? 0],
    ],
  },
  {
    name: 'tds_queue_stuck_items',
    help: 'Items in hand for longer than is usual',
    labels: [],
    values: ({ stocktake }) => one(stocktake?.unfinished.reduce((sum, { stuck }) => sum + stuck, 0) ?? null),
  },
  {
    name: 'tds_dlq_items',
    help: 'Open dead letters',
    labels: ['entity'],
    values: ({ snapshot, stocktake }) =>
      [...snapshot.runs.keys()].map((entity) => {
        const letters = stocktake?.unfinished.find(
          (each) => each.entity_type === entity && each.state === 'dead_letter',
        )
        return [{ entity }, stocktake ? (letters?.items ?? 0) : null]
      }),
  },
  {
    name: 'tds_zoho_budget_remaining',
    help: 'Calls to Zoho that are left, of the organisation in this minute and of each product today',
    labels: ['window', 'product'],
    values: (known) => [
      [{ window: 'minute', product: 'all' }, left(known.snapshot)],
      ...products(known).map(
        ([product, { dayLimit, dayUsed, dayRemaining }]) =>
          [{ window: 'day', product }, dayRemaining ?? Math.max(0, dayLimit - dayUsed)] as const,
      ),
    ],
  },
  {
    name: 'tds_zoho_budget_limit',
    help: 'Calls to Zoho that are allowed',
    labels: ['window', 'product'],
    values: (known) => [
      [{ window: 'minute', product: 'all' }, known.snapshot.zoho.budget.minuteCeiling],
      ...products(known).map(([product, { dayLimit }]) => [{ window: 'day', product }, dayLimit] as const),
    ],
  },
  {
    name: 'tds_zoho_breaker_open',
    help: '1 while calls to a product are stopped after failures in a row',
    labels: ['product'],
    values: (known) => products(known).map(([product, { breaker }]) => [{ product }, breaker === 'closed' ? 0 : 1]),
  },
  {
    name: 'tds_zoho_token_expiry_timestamp_seconds',
    help: 'When the access token in use expires',
    labels: [],
    values: ({ snapshot }) => one(seconds(snapshot.zoho.token.expiresAt)),
  },
  {
    name: 'tds_zoho_token_paused',
    help: '1 while Zoho refuses our credentials and the sync is paused',
    labels: [],
    values: ({ snapshot }) => one(snapshot.zoho.token.pausedAt ? 1 : 0),
  },
  {
    name: 'tds_last_webhook_timestamp_seconds',
    help: 'When the last webhook came',
    labels: [],
    values: ({ snapshot }) => one(seconds(snapshot.vitals.last_webhook_at)),
  },
  {
    name: 'tds_webhooks_missed',
    help: 'Edits of 24 hours that incremental runs found and no webhook told of',
    labels: [],
    values: ({ stocktake }) => one(stocktake?.proofs.missedWebhooks ?? null),
  },
  {
    name: 'tds_last_success_timestamp_seconds',
    help: 'End of the last settled complete run',
    labels: ['entity'],
    values: ({ snapshot }) => [...snapshot.runs].map(([entity, { settledAt }]) => [{ entity }, seconds(settledAt)]),
  },
  {
    name: 'tds_sync_due_timestamp_seconds',
    help: 'By when the next complete run should have ended, as the timetable plans it',
    labels: ['entity'],
    values: ({ snapshot }) =>
      [...snapshot.plannedEvery].map(([entity, every]) => {
        const settledAt = seconds(snapshot.runs.get(entity)?.settledAt)
        return [{ entity }, settledAt === null ? null : settledAt + every]
      }),
  },
  {
    name: 'tds_verified_through_timestamp_seconds',
    help: 'Until when an entity was proven equal to Zoho',
    labels: ['entity'],
    values: ({ snapshot }) =>
      [...snapshot.runs].map(([entity, { verifiedThrough }]) => [{ entity }, seconds(verifiedThrough)]),
  },
  {
    name: 'tds_reconcile_drift_rows',
    help: 'What the last verify found: differences from Zoho, and contradictions within the mirror',
    labels: ['entity', 'kind'],
    values: ({ stocktake }) =>
      [...(stocktake?.proofs.byEntity ?? [])].flatMap(([entity, { differences, findings }]) => [
        [{ entity, kind: 'difference' }, differences] as const,
        [{ entity, kind: 'finding' }, findings] as const,
      ]),
  },
  {
    name: 'tds_images',
    help: 'Pictures by status',
    labels: ['state'],
    values: ({ stocktake }) =>
      Object.entries(stocktake?.pictures.by_status ?? {}).map(([state, count]) => [{ state }, count]),
  },
  {
    name: 'tds_mirror_rows',
    help: 'Living rows by table, estimated where there are very many',
    labels: ['table'],
    values: ({ stocktake }) => [...(stocktake?.rows ?? [])].map(([table, { live }]) => [{ table }, live]),
  },
  {
    name: 'tds_worker_heartbeat_timestamp_seconds',
    help: 'When a process of this database last gave a sign of life',
    labels: [],
    values: ({ snapshot: { vitals } }) =>
      one(vitals.last_heartbeat_seconds === null ? null : vitals.now / 1000 - vitals.last_heartbeat_seconds),
  },
  {
    name: 'tds_alerts_open',
    help: 'Alerts of TDS itself that are open or acknowledged',
    labels: ['severity'],
    values: ({ snapshot: { vitals } }) => [
      [{ severity: 'warning' }, vitals.open_warnings],
      [{ severity: 'critical' }, vitals.open_criticals],
    ],
  },
]

const left = ({ zoho: { budget } }: Snapshot): number => Math.max(0, budget.minuteCeiling - budget.minuteHeld)
