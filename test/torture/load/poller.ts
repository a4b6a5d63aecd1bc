import { secrets } from '../../helpers/environment.ts'

export interface Polled {
  readonly asked: number
  /** That the database took too long at the moment, said honestly. */
  readonly tooSlow: number
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
/** More than this share of the answers, and it cannot be called usable. */
const tolerated = 0.1

/** People who look at the service all the time; each must be answered, and not with an error. */
export function createPoller(url: string, patienceMs: number): { end(): Promise<Polled> } {
  const over = new AbortController()
  const times: number[] = []
  let tooSlow = 0
  const looking = pages.map(async (routes) => {
    for (let turn = 0; !over.signal.aborted; turn++) {
      const { ms, isAnswer } = await look(url + routes[turn % routes.length], patienceMs)
      times.push(ms)
      if (!isAnswer) tooSlow += 1
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  })
  for (const each of looking) each.catch(() => {})
  return {
    async end() {
      over.abort()
      await Promise.all(looking)
      if (tooSlow > 2 + tolerated * times.length)
        throw new Error(`${tooSlow} of ${times.length} questions had no answer`)
      const sorted = times.toSorted((a, b) => a - b)
      const quantile = (q: number) => Math.round(sorted[Math.floor((sorted.length - 1) * q)] ?? 0)
      return { asked: times.length, tooSlow, p50Ms: quantile(0.5), p99Ms: quantile(0.99), mostMs: quantile(1) }
    },
  }
}

/** @returns ms until the last byte, and whether there are figures in it */
async function look(url: string, patienceMs: number): Promise<{ ms: number; isAnswer: boolean }> {
  const began = performance.now()
  const headers = { authorization: `Bearer ${secrets.admin}` }
  const reply = await fetch(url, { headers, signal: AbortSignal.timeout(patienceMs) })
  const body = await reply.text()
  // Unhealthy is an answer, too; without figures it is an honest refusal.
  const isAnswer = reply.ok || (reply.status === 503 && body.includes('"checks"') && !body.includes('"pending":null'))
  if (!isAnswer && reply.status !== 503)
    throw new Error(`${url} was answered with ${reply.status}: ${body.slice(0, 300)}`)
  return { ms: performance.now() - began, isAnswer }
}
