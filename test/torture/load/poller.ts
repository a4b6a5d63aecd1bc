import { secrets } from '../../helpers/environment.ts'

export interface Polled {
  readonly asked: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly mostMs: number
}

/** What people and monitoring look at. Together they stay below what one key may ask a minute. */
const pages = [
  ['/api/tds/health'],
  ['/api/tds/queue?limit=20', '/api/tds/statistics', '/api/tds/events?limit=20', '/api/tds/dlq', '/metrics'],
] as const
const everyMs = 150

/** People who look at the service all the time; each must be answered, and not with an error. */
export function createPoller(url: string, patienceMs: number): { end(): Promise<Polled> } {
  const over = new AbortController()
  const times: number[] = []
  const looking = pages.map(async (routes) => {
    for (let turn = 0; !over.signal.aborted; turn++) {
      times.push(await look(url + routes[turn % routes.length], patienceMs))
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  })
  for (const each of looking) each.catch(() => {})
  return {
    async end() {
      over.abort()
      await Promise.all(looking)
      const sorted = times.toSorted((a, b) => a - b)
      const quantile = (q: number) => Math.round(sorted[Math.floor((sorted.length - 1) * q)] ?? 0)
      return { asked: times.length, p50Ms: quantile(0.5), p99Ms: quantile(0.99), mostMs: quantile(1) }
    },
  }
}

/** @returns ms until the last byte */
async function look(url: string, patienceMs: number): Promise<number> {
  const began = performance.now()
  const headers = { authorization: `Bearer ${secrets.admin}` }
  const reply = await fetch(url, { headers, signal: AbortSignal.timeout(patienceMs) })
  const body = await reply.text()
  // Unhealthy is an answer, too; without figures it is none.
  const isAnswer = reply.ok || (reply.status === 503 && body.includes('"checks"') && !body.includes('"pending":null'))
  if (!isAnswer) throw new Error(`${url} was answered with ${reply.status}: ${body.slice(0, 300)}`)
  return performance.now() - began
}
