import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/**
 * What this process did since it started. Counters and histograms are its own and only grow; those of several instances
 * are added up. How things stand is not here: see `sharedRegistry`.
 */
export interface Meter {
  readonly registry: Registry
  /** A webhook that was kept. */
  webhook(kept: { readonly module: string; readonly queued: boolean }): void
  request(answered: AnsweredRequest): void
  /** An attempt at an item that ended. */
  item(ended: EndedItem): void
  rows(table: string, op: RowOp, count: number): void
  call(made: { readonly purpose: string; readonly status: number | null; readonly durationMs: number }): void
  requeued(letters: number): void
  imageBytes(bytes: number): void
  /** An address that tried wrong keys. */
  lockedOut(): void
}

export type RowOp = 'insert' | 'update' | 'delete' | 'noop' | 'stale'

export interface EndedItem {
  readonly entityType: string
  readonly result: string
  readonly waitSeconds: number
  readonly runSeconds: number
  /** Attempts it took, where it is over; a failed attempt that is repeated has none. */
  readonly attempts: number | null
}

export interface AnsweredRequest {
  readonly method: string
  /** The route's pattern; undefined where none matched. */
  readonly route: string | undefined
  readonly status: number
  readonly seconds: number
  /** Of a webhook. */
  readonly module: string | undefined
}

export interface MeterOptions {
  readonly version: string
  /** The entity a webhook module speaks of: labels must never be what a stranger wrote. */
  readonly entityOf: (module: string) => string | undefined
}

const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
const slow = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600]
const webhookRoute = '/api/tds/webhooks/:module'

export function createMeter({ version, entityOf }: MeterOptions): Meter {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const own = metersOf(registry)
  own.build.set({ version, node: process.version }, 1)
  const entity = (module: string) => entityOf(module) ?? 'unknown'

  return {
    registry,
    webhook({ module, queued }) {
      const known = entityOf(module) !== undefined
      own.webhooks.inc({ entity: entity(module), result: known ? (queued ? 'accepted' : 'duplicate') : 'unknown' })
    },
    request({ method, route, status, seconds, module }) {
      const pattern = route?.replace(/\(\^.*?\$\)/g, '') ?? 'unmatched'
      own.requests.observe({ method, route: pattern, status_code: String(status) }, seconds)
      if (pattern !== webhookRoute) return
      own.acknowledged.observe(seconds)
      const refused = refusals.get(status)
      if (refused) own.webhooks.inc({ entity: entity(module ?? ''), result: refused })
    },
    item({ entityType, result, waitSeconds, runSeconds, attempts }) {
      own.waits.observe({ entity: entityType }, Math.max(0, waitSeconds))
      own.runs.observe({ entity: entityType, result }, Math.max(0, runSeconds))
      if (attempts !== null) own.attempts.observe(attempts)
    },
    rows: (table, op, count) => own.rows.inc({ table, op }, count),
    call({ purpose, status, durationMs }) {
      own.calls.inc({ op: purpose, status: status === null ? 'none' : String(status) })
      own.callSeconds.observe(durationMs / 1000)
    },
    requeued: (letters) => own.requeued.inc(letters),
    imageBytes: (bytes) => own.imageBytes.inc(bytes),
    lockedOut: () => own.lockouts.inc(),
  }
}

const refusals: ReadonlyMap<number, string> = new Map([
  [401, 'bad_signature'],
  [429, 'bad_signature'],
  [413, 'too_large'],
  [503, 'unavailable'],
])

function metersOf(registry: Registry) {
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name, help, labelNames: [...labelNames], registers })
  const histogram = <L extends string>(name: string, help: string, buckets: number[], labelNames: readonly L[] = []) =>
    new Histogram({ name, help, buckets, labelNames: [...labelNames], registers })
  return {
    build: new Gauge({
      name: 'tds_build_info',
      help: 'This version; always 1',
      labelNames: ['version', 'node'],
      registers,
    }),
    webhooks: counter('tds_webhooks_received_total', 'Webhooks that came, by what became of them', [
      'entity',
      'result',
    ]),
    acknowledged: histogram('tds_webhook_ack_seconds', 'From a webhook to its answer', fast),
    requests: histogram('http_request_duration_seconds', 'Answered requests by route pattern', fast, [
      'method',
      'route',
      'status_code',
    ]),
    waits: histogram('tds_item_wait_seconds', 'From the time an item was due to its claim', slow, ['entity']),
    runs: histogram('tds_item_run_seconds', 'From the claim of an item to the end of the attempt', slow, [
      'entity',
      'result',
    ]),
    attempts: histogram('tds_item_attempts', 'Attempts an item took until it was over', [1, 2, 3, 4, 5, 6]),
    rows: counter('tds_rows_upserted_total', 'Documents written to their rows, by effect', ['table', 'op']),
    calls: counter('tds_zoho_requests_total', 'Calls to Zoho by purpose and HTTP status', ['op', 'status']),
    callSeconds: histogram('tds_zoho_request_seconds', 'How long calls to Zoho took', slow),
    requeued: counter('tds_dlq_requeued_total', 'Dead letters that were given another try'),
    imageBytes: counter('tds_image_bytes_total', 'Bytes of pictures that were downloaded'),
    lockouts: counter('tds_addresses_locked_out_total', 'Times an address was locked out for trying wrong keys'),
  }
}
