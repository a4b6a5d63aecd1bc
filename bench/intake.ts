import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { type Db, sql } from '../db/index.ts'
import { type AppContext, buildApp } from '../src/app.ts'
import type { Inbox } from '../src/inbox/index.ts'
import { withCpu } from './cpu.ts'
import { type Measure, takeTurns } from './harness.ts'
import { type LoadResult, loadInChild } from './load-process.ts'
import { figure } from './report.ts'
import { makeService } from './service.ts'

const connections = 64

/** Acknowledged webhooks a second, against the same route with the same authentication that stores nothing. */
export const intake: Measure = {
  name: 'intake',
  async run(bench) {
    const count = bench.quick ? 6_000 : 15_000
    const database = await bench.database()
    const ctx = await makeService(database)
    const real = await listen(ctx)
    const atOnce = await listen({ ...ctx, inbox: { ...ctx.inbox, receive: answerAtOnce } })
    let first = 1
    const send = async (app: FastifyInstance) => {
      const load = { port: portOf(app), first, count, connections }
      const { result, cpu } = await withCpu(bench.readCpu, () => loadInChild(load))
      first += count
      mustAllBe200(result, count)
      const perRequest = 1e6 / count
      return { ...result, serviceUs: cpu.service * perRequest, postgresUs: cpu.postgres * perRequest }
    }
    try {
      const storing = await takeTurns(
        bench,
        () => send(atOnce),
        () => send(real),
      )
      // The product also promotes what it stored, behind the answers; it competes for the same cores.
      ctx.inbox.start()
      await allPromoted(database.db)
      const promoting = await takeTurns(
        bench,
        () => send(atOnce),
        async () => {
          const sent = await send(real)
          await allPromoted(database.db)
          return sent
        },
      )
      await mustBeStored(database.db, (bench.rounds + 1) * 2 * count)
      return report({ storing, promoting, count, bodyBytes: await averageBody(database.db) })
    } finally {
      await real.close()
      await atOnce.close()
      await ctx.inbox.stop()
      await ctx.stop()
    }
  },
}

async function listen(ctx: AppContext): Promise<FastifyInstance> {
  const app = await buildApp(ctx)
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app
}

const portOf = (app: FastifyInstance): number => (app.server.address() as AddressInfo).port

const key = '0'.repeat(64)
const answerAtOnce: Inbox['receive'] = async ({ requestId }) => ({
  eventId: requestId,
  idempotencyKey: key,
  queued: true,
})

interface Sent extends LoadResult {
  /** Microseconds of CPU a request. */
  readonly serviceUs: number
  readonly postgresUs: number
}

type Turns = ReadonlyArray<{ readonly limit: Sent; readonly ours: Sent }>

function report(found: { storing: Turns; promoting: Turns; count: number; bodyBytes: number }) {
  const { storing, promoting, count, bodyBytes } = found
  const ratio = (turns: Turns) => turns.map(({ limit, ours }) => ours.perSecond / limit.perSecond)
  return {
    measure: 'intake',
    question: 'webhook acknowledged after its commit, against the same route without a database',
    ratios: [
      figure('kept on disk / answered at once', 'x', ratio(storing)),
      figure('kept, and promoted into the queue meanwhile / answered at once', 'x', ratio(promoting)),
    ],
    figures: [
      ...figuresOf(
        'answered at once (the limit)',
        storing.map(({ limit }) => limit),
      ),
      ...figuresOf(
        'kept on disk',
        storing.map(({ ours }) => ours),
      ),
      ...figuresOf(
        'kept on disk, promotion running',
        promoting.map(({ ours }) => ours),
      ),
      figure(
        'load generator at the limit',
        'cores',
        storing.map(({ limit }) => limit.generatorBusy),
      ),
    ],
    notes: [
      `${count} requests a round, ${connections} connections, each sends when it was answered; bodies of ${bodyBytes} bytes on average, all different, HMAC-SHA256 signed beforehand.`,
      'Both sides are the whole app (parsing, authentication, headers, reply by schema); only the receiving is left out at the limit. No logs on either side.',
      'Every acknowledged webhook of ours was counted in the table afterwards.',
      'Workers do not run. An open arrival process, TLS and a proxy are not measured.',
    ],
  }
}

function figuresOf(what: string, sent: readonly Sent[]) {
  const of = (fact: 'perSecond' | 'p50Ms' | 'p99Ms' | 'serviceUs' | 'postgresUs') => sent.map((each) => each[fact])
  return [
    figure(what, '/s', of('perSecond')),
    figure('  p50', 'ms', of('p50Ms')),
    figure('  p99', 'ms', of('p99Ms')),
    figure('  CPU of the service a request', 'us', of('serviceUs')),
    figure('  CPU of PostgreSQL a request', 'us', of('postgresUs')),
  ]
}

function mustAllBe200({ statuses }: LoadResult, count: number): void {
  if (statuses[200] !== count) throw new Error(`Not all ${count} webhooks were taken: ${JSON.stringify(statuses)}`)
}

async function mustBeStored(db: Db, count: number): Promise<void> {
  const { rows } = await sql<{ stored: number }>`select count(*) as stored from tds_inbox_payloads`.execute(db)
  if (rows[0]?.stored !== count) throw new Error(`${count} webhooks were acknowledged, ${rows[0]?.stored} are stored`)
}

async function averageBody(db: Db): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select round(avg(octet_length(body)))::int as bytes from tds_inbox_payloads`.execute(db)
  return rows[0]?.bytes ?? 0
}

async function allPromoted(db: Db): Promise<void> {
  const deadline = Date.now() + 120_000
  while (Date.now() < deadline) {
    const { rows } = await sql`select from tds_inbox_events where status = 'received' limit 1`.execute(db)
    if (rows.length === 0) return
    await sql`select pg_sleep(0.05)`.execute(db)
  }
  throw new Error('The promotion did not come to an end')
}
