import { once } from 'node:events'
import { createServer, type IncomingMessage, request as requestTo, type ServerResponse } from 'node:http'

/** What stands before several instances: each request goes to the next one that is ready. */
export interface Balancer {
  readonly url: string
  /** Base URLs of the instances that take requests now. */
  targets: readonly string[]
  /** Replies by status, and `cut` for those that ended without one. */
  readonly replies: ReadonlyMap<string, number>
  close(): Promise<void>
}

/** One request that went through. */
export interface Passed {
  /** Undefined where it ended without a reply. */
  readonly status: number | undefined
  readonly retryAfter: string | undefined
  /** From the request to the head of the reply. */
  readonly ms: number
}

export async function createBalancer(onPassed: (passed: Passed) => void = () => {}): Promise<Balancer> {
  const replies = new Map<string, number>()
  let targets: readonly string[] = []
  let turn = 0
  const server = createServer((incoming, outgoing) => {
    const target = targets[turn++ % Math.max(targets.length, 1)]
    if (target === undefined) {
      onPassed({ status: undefined, retryAfter: undefined, ms: 0 })
      return cut(outgoing)
    }
    forward(target, incoming, outgoing)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The balancer has no port')

  return {
    url: `http://127.0.0.1:${address.port}`,
    get targets() {
      return targets
    },
    set targets(next) {
      targets = next
    },
    replies,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }

  function forward(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, headers } = incoming
    const began = performance.now()
    const tell = (status?: number, retryAfter?: string) =>
      onPassed({ status, retryAfter, ms: Math.round(performance.now() - began) })
    // Each on a connection of its own: an instance that goes away takes no idle one with it.
    const passed = requestTo(target + incoming.url, { method, headers, agent: false }, (reply) => {
      count(String(reply.statusCode))
      tell(reply.statusCode, reply.headers['retry-after'])
      outgoing.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(outgoing)
      reply.once('error', () => outgoing.destroy())
    })
    passed.once('error', () => {
      tell()
      cut(outgoing)
    })
    outgoing.once('close', () => passed.destroy())
    incoming.pipe(passed)
  }

  function cut(outgoing: ServerResponse): void {
    count('cut')
    outgoing.destroy()
  }

  function count(what: string): void {
    replies.set(what, (replies.get(what) ?? 0) + 1)
  }
}
