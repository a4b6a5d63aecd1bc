import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Load, sendAll } from './http-load.ts'
import { quantile } from './report.ts'
import { signedWebhooks } from './webhook-requests.ts'

/** Signed webhooks, made before the clock starts. */
export interface WebhookLoad {
  readonly port: number
  readonly connections: number
  /** Numbers the bodies are made from, so no two loads overlap. */
  readonly first: number
  readonly count: number
  /** The records they name, in turn. @default invented ones, one each */
  readonly itemIds?: readonly string[]
}

export interface LoadResult {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly statuses: Load['statuses']
  /** Share of one core the generator needed: near 1, it and not the server is measured. */
  readonly generatorBusy: number
}

/** Runs the load in a process of its own, so that it takes no time of the server's event loop. */
export async function loadInChild(load: WebhookLoad): Promise<LoadResult> {
  const child = fork(fileURLToPath(import.meta.url), { execArgv: [] })
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the load generator ended with ${code}`)))
  child.send(load)
  try {
    const [result] = await Promise.race([once(child, 'message'), ended])
    // Our own child answers with what runLoad made.
    return result as LoadResult
  } finally {
    child.kill()
    await ended.catch(() => {})
  }
}

async function runLoad({ port, connections, first, count, itemIds }: WebhookLoad): Promise<LoadResult> {
  const requests = signedWebhooks(first, count, itemIds)
  const before = process.cpuUsage()
  const { seconds, latenciesMs, statuses } = await sendAll({ port, requests, connections })
  const { user, system } = process.cpuUsage(before)
  const sorted = latenciesMs.toSorted((a, b) => a - b)
  return {
    perSecond: count / seconds,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    statuses,
    generatorBusy: (user + system) / 1e6 / seconds,
  }
}

if (import.meta.main) {
  const [load] = await once(process, 'message')
  process.send?.(await runLoad(load as WebhookLoad))
}
