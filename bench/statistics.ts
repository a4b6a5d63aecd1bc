import type { FastifyInstance } from 'fastify'
import { type Db, sql } from '../db/index.ts'
import { buildApp } from '../src/app.ts'
import { type Clock, systemClock } from '../src/runtime/index.ts'
import type { Bench, Measure } from './harness.ts'
import { figure, quantile, type Report } from './report.ts'
import { adminKey, makeService, unlimitedKey } from './service.ts'
import { type HistorySize, seedHistory } from './statistics-seed.ts'

const routes = [
  '/api/tds/health',
  '/api/tds/statistics',
  '/api/tds/statistics/history?range=1h',
  '/api/tds/statistics/history?range=24h',
  '/api/tds/statistics/history?range=7d',
  '/api/tds/statistics/history?range=90d',
  '/metrics',
] as const

/** What operators ask for, with little and with very much history: the answer must cost the same. */
export const statistics: Measure = {
  name: 'statistics',
  async run(bench) {
    const few: HistorySize = { finished: 10_000, events: 5_000 }
    const many = sizeOf(bench)
    const small = await measureWith(bench, few)
    const large = await measureWith(bench, many)
    return report(few, many, small, large)
  },
}

function sizeOf({ quick, full }: Bench): HistorySize {
  if (full) return { finished: 10_000_000, events: 5_000_000 }
  return quick ? { finished: 100_000, events: 50_000 } : { finished: 1_000_000, events: 500_000 }
}

interface Times {
  readonly first: number
  readonly p50: readonly number[]
  readonly p99: readonly number[]
}

type ByRoute = ReadonlyMap<string, Times>

async function measureWith(bench: Bench, size: HistorySize): Promise<ByRoute> {
  const database = await bench.database()
  bench.say(`seeding ${size.finished} finished rows, ${size.events} webhooks, 90 days of counters`)
  await seedHistory(database.db, size)
  const clock = skippingClock()
  const ctx = await makeService(database, { clock })
  const app = await buildApp(ctx, unlimitedKey)
  ctx.monitor.start()
  try {
    const found = new Map<string, Times>()
    for (const route of routes) {
      found.set(route, await askAgainAndAgain(bench, app, route, () => rest(database.db, clock)))
      bench.say(`${route} asked`)
    }
    return found
  } finally {
    await app.close()
    await ctx.stop()
    await database.close()
  }
}

/** As a dashboard polls: what is kept is old each time, and renewed behind the answer. */
async function askAgainAndAgain(
  { quick, rounds }: Bench,
  app: FastifyInstance,
  url: string,
  before: () => Promise<void>,
): Promise<Times> {
  const first = await ask(app, url)
  const p50: number[] = []
  const p99: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const times: number[] = []
    for (let turn = 0; turn < (quick ? 60 : 200); turn++) {
      await before()
      times.push(await ask(app, url))
    }
    if (round === 0) continue
    const sorted = times.toSorted((a, b) => a - b)
    p50.push(quantile(sorted, 0.5))
    p99.push(quantile(sorted, 0.99))
  }
  return { first, p50, p99 }
}

/** Three seconds as the service sees them, in which what it renews behind its answers comes to its end. */
async function rest(db: Db, clock: ReturnType<typeof skippingClock>): Promise<void> {
  for (let busy = 1; busy > 0; ) {
    const { rows } = await sql<{ busy: number }>`
      select count(*) as busy from pg_stat_activity
      where datname = current_database() and application_name like 'tds ________' and state <> 'idle'`.execute(db)
    busy = rows[0]?.busy ?? 0
  }
  clock.skip(3_000)
}

/** Through the whole app, with a key, without a socket. @returns milliseconds */
async function ask(app: FastifyInstance, url: string): Promise<number> {
  const start = performance.now()
  const { statusCode, body } = await app.inject({ url, headers: { authorization: `Bearer ${adminKey}` } })
  const took = performance.now() - start
  // No worker is started here, so health rightly says "unhealthy"; it must have read the database for it.
  const read = statusCode === 200 || (statusCode === 503 && !body.includes('"pending":null'))
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

function report(few: HistorySize, many: HistorySize, small: ByRoute, large: ByRoute): Report {
  const count = (value: number) => value.toLocaleString('en')
  const times = (all: ByRoute, route: string): Times => all.get(route) ?? { first: 0, p50: [], p99: [] }
  const ratio = (big: readonly number[], little: readonly number[]) => big.map((ms, at) => ms / (little[at] ?? ms))
  return {
    measure: 'statistics',
    question: `health, statistics, history and metrics with ${count(many.finished)} finished rows and ${count(many.events)} webhooks, against ${count(few.finished)} and ${count(few.events)}`,
    ratios: routes.flatMap((route) => [
      figure(`${route}: p50, many / few`, 'x', ratio(times(large, route).p50, times(small, route).p50)),
    ]),
    figures: routes.flatMap((route) => [
      figure(`${route}: p50, few`, 'ms', times(small, route).p50),
      figure('  p99, few', 'ms', times(small, route).p99),
      figure('  p50, many', 'ms', times(large, route).p50),
      figure('  p99, many', 'ms', times(large, route).p99),
      figure('  the first request of the process, many', 'ms', [times(large, route).first]),
    ]),
    notes: [
      'Each finished row has its log line, spread over 14 days; half as many webhooks; two days of counters by the minute and 90 days by the hour for 22 entities, both the same in few and many; 100 live rows, 2,221 products; vacuumed.',
      'Between two requests three seconds pass by the clock of the service: history reads the database, health, statistics and metrics are answered from the last reading and renewed behind it. The first request of a process reads all of the range, the others what is new.',
      'One request at a time through the whole app, without a socket. Settling goes on in no row meanwhile.',
    ],
  }
}
