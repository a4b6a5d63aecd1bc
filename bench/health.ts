import type { FastifyInstance } from 'fastify'
import { type Db, sql } from '../db/index.ts'
import { buildApp } from '../src/app.ts'
import { type Clock, systemClock } from '../src/runtime/index.ts'
import type { Bench, Measure } from './harness.ts'
import { figure, quantile, type Report } from './report.ts'
import { adminKey, makeService, unlimitedKey } from './service.ts'

const routes = ['/api/tds/health', '/api/tds/statistics'] as const

/** Health and statistics with little and with much history: the answer must cost the same. */
export const health: Measure = {
  name: 'health',
  async run(bench) {
    const sizes = { few: 10_000, many: bench.quick ? 100_000 : 1_000_000 }
    const few = await measureWith(bench, sizes.few)
    const many = await measureWith(bench, sizes.many)
    return report(sizes, few, many)
  },
}

interface Times {
  readonly p50: readonly number[]
  readonly p99: readonly number[]
}

type ByRoute = Readonly<Record<(typeof routes)[number], { readonly polled: Times; readonly fresh: Times }>>

async function measureWith(bench: Bench, finished: number): Promise<ByRoute> {
  const database = await bench.database()
  bench.say(`seeding ${finished} finished rows`)
  await seed(database.db, finished)
  const clock = skippingClock()
  const ctx = await makeService(database, { clock })
  const app = await buildApp(ctx, unlimitedKey)
  try {
    const times = async (route: string) => ({
      polled: await askAgainAndAgain(bench, app, route, bench.quick ? 500 : 2_000, () => {}),
      // The answers are kept for seconds; a clock that skips them makes every request read the database.
      fresh: await askAgainAndAgain(bench, app, route, bench.quick ? 60 : 200, () => clock.skip(60_000)),
    })
    return { [routes[0]]: await times(routes[0]), [routes[1]]: await times(routes[1]) } as ByRoute
  } finally {
    await app.close()
    await ctx.stop()
    await database.close()
  }
}

async function askAgainAndAgain(
  { rounds, say }: Bench,
  app: FastifyInstance,
  url: string,
  count: number,
  before: () => void,
): Promise<Times> {
  const p50: number[] = []
  const p99: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const times: number[] = []
    for (let turn = 0; turn < count; turn++) {
      before()
      times.push(await ask(app, url))
    }
    const sorted = times.toSorted((a, b) => a - b)
    if (round === 0) continue
    p50.push(quantile(sorted, 0.5))
    p99.push(quantile(sorted, 0.99))
  }
  say(`${url} asked`)
  return { p50, p99 }
}

/** Through the whole app, with a key, without a socket: what the route itself costs. @returns milliseconds */
async function ask(app: FastifyInstance, url: string): Promise<number> {
  const start = performance.now()
  const { statusCode, body } = await app.inject({ url, headers: { authorization: `Bearer ${adminKey}` } })
  const took = performance.now() - start
  // Nothing is started here, so health rightly says "unhealthy"; it must have read the database for it.
  const read =
    statusCode === 200 || (statusCode === 503 && body.includes('"checks"') && !body.includes('"pending":null'))
  if (!read) throw new Error(`${url} answered ${statusCode}: ${body.slice(0, 300)}`)
  return took
}

/** Goes with the machine's clock and can be put forward, by which kept answers become old. */
function skippingClock(): Clock & { skip(ms: number): void } {
  let ahead = 0
  return {
    ...systemClock,
    now: () => Date.now() + ahead,
    skip: (ms) => {
      ahead += ms
    },
  }
}

/** History as a busy day leaves it: finished rows, their log, minute counters, webhooks; and a live part that stays small. */
async function seed(db: Db, finished: number): Promise<void> {
  await sql`
    insert into tds_sync_queue (entity_type, source_entity_id, status, lane, attempts, outcome, created_at, claimed_at, finished_at)
    select 'products', (n % 50000)::text, 'completed', 'read', 1, 'written', at, at, at
    from (select n, now() - n * interval '1 day' / ${finished}::int as at from generate_series(1, ${finished}::int) n) rows`.execute(
    db,
  )
  await sql`
    insert into tds_sync_logs (queue_id, entity_type, source_entity_id, outcome, duration_ms, created_at)
    select n, 'products', (n % 50000)::text, 'written', 12, now() - n * interval '1 day' / ${finished}::int
    from generate_series(1, ${finished}::int) n`.execute(db)
  await sql`
    insert into tds_inbox_events (event_id, received_at, module, status, entity_type, source_entity_id, requested_version, outcome, settled_at)
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
      at, 'products', 'promoted', 'products', (n % 50000)::text, 1, 'written', at + interval '150 ms'
    from (select n, now() - n * interval '1 day' / ${finished}::int as at from generate_series(1, ${finished}::int) n) rows`.execute(
    db,
  )
  await sql`
    insert into tds_metrics (bucket, name, label, slot, value)
    select date_trunc('minute', now()) - m * interval '1 minute', name, label, slot, 7
    from generate_series(0, 2879) m, unnest(array['written', 'unchanged', 'webhook_received']) name,
      unnest(array['products', 'inventory_items']) label, generate_series(0, 1) slot`.execute(db)
  await sql`
    insert into tds_sync_queue (entity_type, source_entity_id, status, lane)
    select 'products', 'live ' || n, 'pending', 'read' from generate_series(1, 100) n`.execute(db)
  await sql`insert into products (zoho_item_id) select n::text from generate_series(1, 2221) n`.execute(db)
  await sql`vacuum analyze`.execute(db)
}

function report(sizes: { few: number; many: number }, few: ByRoute, many: ByRoute): Report {
  const sides = ['fresh', 'polled'] as const
  const named = { fresh: 'read from the database', polled: 'polled without pause' }
  const each = routes.flatMap((route) => sides.map((side) => ({ route, side, title: `${route}, ${named[side]}` })))
  const size = (count: number) => count.toLocaleString('en')
  const growth = (big: readonly number[], small: readonly number[]) => big.map((ms, round) => ms / (small[round] ?? ms))
  return {
    measure: 'health',
    question: `health and statistics after ${size(sizes.many)} finished rows, against ${size(sizes.few)}`,
    ratios: each.flatMap(({ route, side, title }) => [
      figure(`${title}: p50, many / few`, 'x', growth(many[route][side].p50, few[route][side].p50)),
    ]),
    figures: each.flatMap(({ route, side, title }) => [
      figure(`${title}: p50, few`, 'ms', few[route][side].p50),
      figure('  p99, few', 'ms', few[route][side].p99),
      figure('  p50, many', 'ms', many[route][side].p50),
      figure('  p99, many', 'ms', many[route][side].p99),
    ]),
    notes: [
      'Each finished row has its log line and its webhook; two days of minute counters, 100 live rows, 2,221 products; tables vacuumed. With a key, so health gives its reasons too.',
      '"Read from the database": a clock that skips makes every request miss what is kept; in use that is one request a second (statistics: one in two seconds, answered from the last reading meanwhile).',
      'One request at a time through the whole app, without a socket. Settling goes on in no row meanwhile; a cold disk cache is not measured.',
    ],
  }
}
