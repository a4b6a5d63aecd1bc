import { loadConfig } from '../../config.ts'
import { errorMessage } from '../../errors.ts'
import { defineCommand, usageError } from '../command.ts'

const routes = {
  live: '/api/tds/health/live',
  ready: '/api/tds/health/ready',
  full: '/api/tds/health',
} as const

const isDepth = (word: string): word is keyof typeof routes => word in routes

/** Docker's own deadline is usually longer, but an answer after this is none. */
const deadlineMs = 5_000

export const healthcheck = defineCommand({
  name: 'healthcheck',
  summary: 'ask the running service how it is; for HEALTHCHECK',
  usage: '[live|ready|full]',
  about: `live   the process answers (the default: without its database TDS still takes webhooks and serves images)
ready  it reaches its database
full   the mirror is not unhealthy`,
  options: {},
  async run({ positionals: [depth = 'live'], env, out, signal }) {
    if (!isDepth(depth)) throw usageError(`There is no health check ${depth}; one of ${Object.keys(routes).join(', ')}`)
    const { host, port } = loadConfig(env)
    const url = `http://${reachable(host)}:${port}${routes[depth]}`
    try {
      const reply = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]) })
      const body: unknown = await reply.json().catch(() => null)
      out.line(`${url}: ${reply.status} ${JSON.stringify(body)}`)
      out.document({ url, ok: reply.ok, status: reply.status, body })
      return reply.ok ? 0 : 1
    } catch (error) {
      out.line(`${url}: ${errorMessage(error)}`)
      out.document({ url, ok: false, status: null, error: errorMessage(error) })
      return 1
    }
  },
})

/** Listening everywhere includes here. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
