import type { Product } from './limits.ts'
import { createSlidingWindow } from './sliding-window.ts'

export interface Call {
  readonly at: number
  readonly product: Product | 'accounts'
  readonly method: string
  readonly path: string
  readonly query: string
  /** What the call was for: `items list`, `items bulk`, `items image`, `token`. */
  readonly purpose: string
  status?: number
  /** The `code` of a JSON reply. */
  code?: number
}

export interface CallsReport {
  /** Calls of both APIs; token requests are apart. */
  readonly total: number
  readonly tokenRequests: number
  readonly byProduct: Record<string, number>
  readonly byPurpose: Record<string, number>
  readonly byPath: Record<string, number>
  readonly byStatus: Record<string, number>
  /** The largest number of API calls that arrived within any 60 s. */
  readonly maxInSlidingMinute: number
  /** Calls by minute of the clock. */
  readonly perMinute: { minute: string; calls: number }[]
  readonly maxConcurrency: number
  readonly inFlight: number
  /** 429 replies, all and by Zoho's code. */
  readonly refused: number
  readonly refusedByCode: Record<string, number>
}

export interface CallLog {
  /** Counts a call at its arrival, whatever becomes of it. */
  arrive(call: Call): void
  leave(call: Call): void
  report(): CallsReport
  /** The latest calls, oldest first. */
  latest(most?: number): readonly Call[]
  reset(): void
}

const keptCalls = 20_000

export function createCallLog(): CallLog {
  const minute = createSlidingWindow(60_000)
  let calls: Call[] = []
  let tally = emptyTally()
  let inFlight = 0

  return {
    arrive(call) {
      if (calls.length >= keptCalls * 2) calls = calls.slice(-keptCalls)
      calls.push(call)
      add(tally.byPurpose, call.purpose)
      add(tally.byPath, `${call.method} ${call.path}`)
      add(tally.byProduct, call.product)
      if (call.product === 'accounts') return
      tally.maxInSlidingMinute = Math.max(tally.maxInSlidingMinute, minute.add(call.at))
      tally.maxConcurrency = Math.max(tally.maxConcurrency, ++inFlight)
      add(tally.perMinute, `${new Date(call.at).toISOString().slice(0, 16)}Z`)
    },
    leave(call) {
      if (call.product !== 'accounts') inFlight--
      add(tally.byStatus, String(call.status ?? 'none'))
      if (call.status === 429) add(tally.refusedByCode, String(call.code ?? 'none'))
    },
    report: () => reportOf(tally, inFlight),
    latest: (most = keptCalls) => calls.slice(-most),
    reset() {
      calls = []
      tally = emptyTally()
      tally.maxConcurrency = inFlight
      minute.clear()
    },
  }
}

type Counts = Record<string, number>

function emptyTally() {
  const empty = (): Counts => ({})
  return {
    byProduct: empty(),
    byPurpose: empty(),
    byPath: empty(),
    byStatus: empty(),
    refusedByCode: empty(),
    perMinute: empty(),
    maxInSlidingMinute: 0,
    maxConcurrency: 0,
  }
}

function reportOf(tally: ReturnType<typeof emptyTally>, inFlight: number): CallsReport {
  const { perMinute, ...rest } = structuredClone(tally)
  const tokenRequests = rest.byProduct.accounts ?? 0
  return {
    total: sum(rest.byProduct) - tokenRequests,
    tokenRequests,
    ...rest,
    perMinute: Object.entries(perMinute).map(([name, calls]) => ({ minute: name, calls })),
    inFlight,
    refused: sum(rest.refusedByCode),
  }
}

const sum = (counts: Counts) => Object.values(counts).reduce((total, count) => total + count, 0)

function add(counts: Counts, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}
