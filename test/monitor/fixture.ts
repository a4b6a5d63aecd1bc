import { tmpdir } from 'node:os'
import { pino } from 'pino'
import type { Test } from 'tap'
import { sql } from '../../db/index.ts'
import { createMonitor, type MonitorDeps } from '../../src/monitor/index.ts'
import { type Clock, systemClock } from '../../src/runtime/index.ts'
import type { ZohoState } from '../../src/zoho/index.ts'
import { type TestDatabase, testDatabase } from '../helpers/database.ts'

/** A clock that goes with the machine's and can be put forward. */
export interface TestClock extends Clock {
  forward(ms: number): void
}

export function testClock(): TestClock {
  let ahead = 0
  return {
    ...systemClock,
    now: () => Date.now() + ahead,
    forward: (ms) => {
      ahead += ms
    },
  }
}

export const entities = [
  { name: 'products', webhook: { modules: ['products', 'product', 'items'] } },
  { name: 'inventory_items', webhook: { modules: ['stock'] } },
  { name: 'product_images', webhook: { modules: ['images'] } },
]

export const silent = pino({ level: 'silent' })

export const calmZoho: ZohoState = {
  configured: true,
  token: { generation: 1, present: true, expiresAt: null, refreshedAt: null, pausedAt: null, errorCode: null },
  budget: {
    perMinute: 90,
    minuteCeiling: 90,
    minuteHeld: 7,
    concurrencyCeiling: 10,
    inFlight: 2,
    blockedUntil: null,
    blockCode: null,
    waiting: 0,
  },
  products: {
    books: product({ dayUsed: 12 }),
    inventory: product({ dayUsed: 480, dayRemaining: 2020, dayResetsAt: new Date('2030-01-01T00:00:00Z') }),
  },
  clockSkewMs: null,
}

function product(part: Partial<ZohoState['products']['books']>): ZohoState['products']['books'] {
  return {
    dayLimit: 2500,
    dayUsed: 0,
    dayRemaining: null,
    dayResetsAt: null,
    breaker: 'closed',
    breakerFailures: 0,
    breakerRetryAt: null,
    ...part,
  }
}

/** A monitor over a database of its own. */
export async function testMonitor(t: Test, part: Partial<MonitorDeps> = {}) {
  const database = await testDatabase(t)
  const clock = testClock()
  const deps = depsOf(database, { clock, ...part })
  return { ...database, clock, monitor: createMonitor(deps) }
}

export function depsOf({ db }: Pick<TestDatabase, 'db'>, part: Partial<MonitorDeps> = {}): MonitorDeps {
  return {
    db,
    entities: { list: () => entities },
    zoho: { state: async () => calmZoho },
    imageDir: tmpdir(),
    clock: systemClock,
    log: silent,
    ...part,
  }
}

type Db = TestDatabase['db']

/** A process that lives and a complete run of the products: what a healthy system has at least. */
export async function seedHealthy(db: Db): Promise<void> {
  await sql`insert into tds_processes (process_id, kind, host, pid, version) values (gen_random_uuid(), 'serve', 'here', 1, '0')`.execute(
    db,
  )
  await seedRun(db, { entityType: 'products', mode: 'full', status: 'settled', settledAgo: '5 minutes' })
}

export async function seedRun(
  db: Db,
  run: { entityType: string; mode: string; status: string; settledAgo?: string; written?: number },
): Promise<number> {
  const { entityType, mode, status, settledAgo = null, written = 0 } = run
  const { rows } = await sql<{ id: number }>`
    insert into tds_sync_runs (entity_type, mode, status, fetched, written, started_at, settled_at)
    values (${entityType}, ${mode}, ${status}, ${written}, ${written}, now() - interval '1 day', now() - ${settledAgo}::interval)
    returning id`.execute(db)
  return rows[0]?.id ?? 0
}

export async function seedQueue(
  db: Db,
  row: { status: string; count: number; dueAgo?: string; isBulk?: boolean; tag?: string },
): Promise<void> {
  const { status, count, dueAgo = '0', isBulk = false, tag = status } = row
  await sql`
    insert into tds_sync_queue (entity_type, source_entity_id, status, is_bulk, run_at, next_retry_at, claimed_at)
    select 'products', ${tag} || n, ${status}, ${isBulk}, now() - ${dueAgo}::interval,
      case when ${status} = 'failed' then now() end, case when ${status} = 'processing' then now() end
    from generate_series(1, ${count}) n`.execute(db)
}

export async function seedDeadLetters(db: Db, count: number, resolved = false): Promise<void> {
  await sql`
    insert into tds_dead_letter_queue (entity_type, source_entity_id, error_code, error_message, resolved)
    select 'products', ${String(resolved)} || n, 'ZOHO_CODE', 'Zoho answered 9', ${resolved} from generate_series(1, ${count}) n`.execute(
    db,
  )
}

/** One minute counter. @param ago how long before now, as an interval */
export async function seedCounter(db: Db, name: string, label: string, value: number, ago: string, slot = 0) {
  await sql`
    insert into tds_metrics (bucket, name, label, slot, value)
    values (date_trunc('minute', now() - ${ago}::interval), ${name}, ${label}, ${slot}, ${value})
    on conflict (resolution, bucket, name, label, slot) do update set value = tds_metrics.value + excluded.value`.execute(
    db,
  )
}
