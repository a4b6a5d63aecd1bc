import type { Db } from '../db/index.ts'
import type { Context } from '../src/context.ts'
import { type CpuSeconds, withCpu } from './cpu.ts'
import { drainQueue, emptyTables, enqueueTexts, type ItemText, mustBeWritten, upsertAlone } from './document-work.ts'
import { type Bench, type Measure, takeTurns } from './harness.ts'
import { itemDocument, itemId } from './item.ts'
import { type Figure, figure, type Report } from './report.ts'
import { makeService } from './service.ts'

/** Queued list rows → products through the product's own write lane, against the same upsert without a queue. */
export const documents: Measure = {
  name: 'documents',
  async run(bench) {
    const count = bench.quick ? 4_000 : 12_000
    const database = await bench.database()
    const ctx = await makeService(database)
    const deps = { bench, db: database.db, ctx, count }
    try {
      bench.say('new rows')
      const fresh = await compare(deps, { from: undefined, to: 0 })
      bench.say('changed rows')
      const changed = await compare(deps, { from: 0, to: 1 })
      return report(fresh, changed, count)
    } finally {
      await ctx.stop()
    }
  },
}

interface Deps {
  readonly bench: Bench
  readonly db: Db
  readonly ctx: Context
  readonly count: number
}

interface Timed {
  readonly perSecond: number
  /** Microseconds a document. */
  readonly serviceUs: number
  readonly postgresUs: number
}

type Turns = ReadonlyArray<{ readonly limit: Timed; readonly ours: Timed & { readonly enqueuedPerSecond: number } }>

/** @param editions of the items: what the table holds before (undefined: nothing) and what is written */
async function compare(
  { bench, db, ctx, count }: Deps,
  editions: { from: number | undefined; to: number },
): Promise<Turns> {
  const texts = itemTexts(count, editions.to)
  const before = editions.from === undefined ? [] : itemTexts(count, editions.from)
  const prepare = async () => {
    await emptyTables(db)
    await upsertAlone(db, ctx, before)
  }
  const time = async (work: () => Promise<void>): Promise<Timed> => {
    const start = performance.now()
    const { cpu } = await withCpu(bench.readCpu, work)
    return toTimed((performance.now() - start) / 1000, cpu, count)
  }
  return takeTurns(
    bench,
    async () => {
      await prepare()
      return time(() => upsertAlone(db, ctx, texts))
    },
    async () => {
      await prepare()
      const start = performance.now()
      await enqueueTexts(db, texts)
      const enqueuedPerSecond = count / ((performance.now() - start) / 1000)
      const drained = await time(() => drainQueue(ctx, count))
      await mustBeWritten(db, count)
      return { ...drained, enqueuedPerSecond }
    },
  )
}

const toTimed = (seconds: number, cpu: CpuSeconds, count: number): Timed => ({
  perSecond: count / seconds,
  serviceUs: (cpu.service * 1e6) / count,
  postgresUs: (cpu.postgres * 1e6) / count,
})

const itemTexts = (count: number, edition: number): ItemText[] =>
  Array.from({ length: count }, (_, number) => ({
    id: itemId(number),
    text: JSON.stringify(itemDocument(number, { edition })),
  }))

function report(fresh: Turns, changed: Turns, count: number): Report {
  const ratio = (turns: Turns) => turns.map(({ limit, ours }) => ours.perSecond / limit.perSecond)
  return {
    measure: 'documents',
    question: 'queued document to committed row, against the same upsert without a queue',
    ratios: [
      figure('new rows: from the queue / upsert alone', 'x', ratio(fresh)),
      figure('changed rows: from the queue / upsert alone', 'x', ratio(changed)),
    ],
    figures: [
      ...figuresOf(
        'new rows, from the queue',
        fresh.map(({ ours }) => ours),
      ),
      ...figuresOf(
        'new rows, upsert alone (the limit)',
        fresh.map(({ limit }) => limit),
      ),
      ...figuresOf(
        'changed rows, from the queue',
        changed.map(({ ours }) => ours),
      ),
      ...figuresOf(
        'changed rows, upsert alone (the limit)',
        changed.map(({ limit }) => limit),
      ),
      figure(
        'documents enqueued, 200 a transaction',
        '/s',
        fresh.map(({ ours }) => ours.enqueuedPerSecond),
      ),
    ],
    notes: [
      `${count} list rows of items of about 2 KB each a round, all in the queue before the clock starts; two batches of 200 at a time on either side.`,
      "Through the service's own workers: claim, fence, parse, map, compare, upsert, follow-up work, settle, log, counters. A written list row also enqueues the reading of its detail and of its picture; that is part of the time.",
      'The limit parses, maps, compares and upserts the same documents in transactions of 200, two at a time: no queue, no follow-ups, no log.',
      'Every document was counted as a written row and a completed queue row afterwards. No call to Zoho is made: the read and image lanes are denied one.',
    ],
  }
}

function figuresOf(what: string, timed: readonly Timed[]): Figure[] {
  return [
    figure(
      what,
      'rows/s',
      timed.map(({ perSecond }) => perSecond),
    ),
    figure(
      '  CPU of the service a row',
      'us',
      timed.map(({ serviceUs }) => serviceUs),
    ),
    figure(
      '  CPU of PostgreSQL a row',
      'us',
      timed.map(({ postgresUs }) => postgresUs),
    ),
  ]
}
