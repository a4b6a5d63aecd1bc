import type { AddressInfo } from 'node:net'
import { type Db, sql } from '../db/index.ts'
import { buildApp } from '../src/app.ts'
import { emptyTables } from './document-work.ts'
import type { Bench, Measure } from './harness.ts'
import { sendAll } from './http-load.ts'
import { itemDocument } from './item.ts'
import { loadInChild } from './load-process.ts'
import { figure, quantile, type Report } from './report.ts'
import { makeService } from './service.ts'
import { type SimulatedZoho, simulatorInChild } from './simulator-process.ts'
import { signedWebhook } from './webhook-requests.ts'

/** Webhook → bulk re-read at the simulator → row, by the whole service. */
export const reread: Measure = {
  name: 'reread',
  async run(bench) {
    const items = bench.quick ? 1_000 : 5_000
    const zoho = await simulatorInChild(items)
    try {
      return await measure(bench, zoho, items)
    } finally {
      await zoho.stop()
    }
  },
}

async function measure(bench: Bench, zoho: SimulatedZoho, items: number): Promise<Report> {
  const database = await bench.database()
  const ctx = await makeService(database, { env: zoho.env })
  const app = await buildApp(ctx)
  try {
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    ctx.start()
    await ctx.ready()
    await ctx.zoho.organization()
    const bulk: Burst[] = []
    for (let round = 0; round <= bench.rounds; round++) {
      const burst = await oneBurst(database.db, zoho, { port, first: 1 + round * items, count: items })
      if (round > 0) bulk.push(burst)
      bench.say(round === 0 ? 'warmed up' : `round ${round} of ${bench.rounds}`)
    }
    const single = await oneByOne(database.db, zoho, { port, first: 1_000_000, count: bench.quick ? 50 : 300 })
    bench.say('single webhooks')
    return report(bulk, single, items)
  } finally {
    await app.close()
    await ctx.stop()
  }
}

interface Burst {
  readonly perSecond: number
  readonly recordsPerCall: number
}

interface Sending {
  readonly port: number
  readonly first: number
  readonly count: number
}

/** One webhook for each item, all at once, none of them known before. */
async function oneBurst(db: Db, zoho: SimulatedZoho, { port, first, count }: Sending): Promise<Burst> {
  await nothingLeft(db)
  await emptyTables(db)
  await zoho.takeCalls('items bulk')
  const itemIds = zoho.itemIds.slice(0, count)
  const [start] = await Promise.all([firstArrival(db), loadInChild({ port, connections: 64, first, count, itemIds })])
  await until(db, sql`select count(*) = ${count} as so from products, pg_sleep(0.01) where hashes ? 'detail'`)
  const seconds = (performance.now() - start) / 1000
  const calls = await zoho.takeCalls('items bulk')
  return { perSecond: count / seconds, recordsPerCall: calls === 0 ? 0 : count / calls }
}

/** The clock starts with the first webhook, not with the process that sends it. */
async function firstArrival(db: Db): Promise<number> {
  const { rows } = await sql<{
    newest: string | null
  }>`select max(event_id::text) as newest from tds_inbox_events`.execute(db)
  const newest = rows[0]?.newest ?? '00000000-0000-0000-0000-000000000000'
  await until(db, sql`select exists (select from tds_inbox_events where event_id > ${newest}::uuid) as so`)
  return performance.now()
}

/** One changed item at a time while nothing else happens: milliseconds until a reader sees the new row. */
async function oneByOne(db: Db, zoho: SimulatedZoho, { port, first, count }: Sending): Promise<number[]> {
  const times: number[] = []
  for (let turn = 0; turn < count; turn++) {
    const itemId = zoho.itemIds[turn % zoho.itemIds.length] ?? ''
    const name = `Renamed ${turn}`
    await zoho.change(itemId, { name })
    const body = JSON.stringify({ item: { ...itemDocument(first + turn), item_id: itemId } })
    const start = performance.now()
    const answered = sendAll({ port, requests: [signedWebhook(body)], connections: 1 })
    await until(db, sql`select exists (select from products where zoho_item_id = ${itemId} and name = ${name}) as so`)
    times.push(performance.now() - start)
    await answered
  }
  return times.toSorted((a, b) => a - b)
}

const nothingLeft = (db: Db) =>
  until(
    db,
    sql`select not exists (select from tds_sync_queue_live where lane = 'read')
      and not exists (select from tds_inbox_events where status = 'received') as so`,
  )

/** Asks again and again: each answer takes a fraction of a millisecond. @param condition a select of one boolean `so` */
async function until(db: Db, condition: ReturnType<typeof sql>, withinMs = 120_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (Date.now() < deadline) {
    const { rows } = await sql<{ so: boolean }>`${condition}`.execute(db)
    if (rows[0]?.so) return
  }
  throw new Error(`A condition did not come true within ${withinMs} ms`)
}

function report(bulk: readonly Burst[], single: readonly number[], items: number): Report {
  return {
    measure: 'reread',
    question: 'webhook to row, the record read again from Zoho (the simulator, without limits)',
    ratios: [
      figure(
        'records read by one call, of 100 possible',
        '',
        bulk.map(({ recordsPerCall }) => recordsPerCall),
      ),
    ],
    figures: [
      figure(
        'rows written, a webhook for each at once',
        'rows/s',
        bulk.map(({ perSecond }) => perSecond),
      ),
      figure('one webhook on an idle system to its row: p50', 'ms', [quantile(single, 0.5)]),
      figure('  p99', 'ms', [quantile(single, 0.99)]),
    ],
    notes: [
      `${items} signed webhooks for ${items} items without rows a round, 64 connections; from the first stored webhook to the last product row with its detail, stock rows included.`,
      `${single.length} changed items one after the other, from the first byte sent to a reader's select that shows the new row.`,
      'The whole service runs, the simulator in a process of its own on the same cores. Pictures are refused by it, so none is loaded.',
      "Zoho's real limits (100 calls a minute) and its distance are not in these figures: they say what the service adds.",
    ],
  }
}
