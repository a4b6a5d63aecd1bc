import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface DatabaseProxy {
  /** The same database by way of the proxy. */
  readonly url: string
  /** Takes connections and bytes, and passes none of them on. */
  hang(): void
  /** Ends all connections and takes no more. */
  refuse(): Promise<void>
  restore(): Promise<void>
}

/** A way to a database that can be cut. */
export async function createProxy(t: Test, databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let hangs = false
  let server = await listen(0)
  const { port } = server.address() as AddressInfo
  t.teardown(close)

  return {
    url: Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${port}` }).href,
    hang() {
      hangs = true
      for (const socket of sockets) socket.pause()
    },
    refuse: close,
    async restore() {
      hangs = false
      // What hung is given up by the other side; a connection in the middle of a message cannot go on.
      for (const socket of sockets) socket.destroy()
      if (!server.listening) server = await listen(port)
    },
  }

  async function listen(at: number): Promise<Server> {
    const next = createServer(join)
    next.listen(at, '127.0.0.1')
    await once(next, 'listening')
    return next
  }

  function join(client: Socket): void {
    const upstream = connect(Number(target.port), target.hostname)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('data', (bytes) => void other.write(bytes))
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      if (hangs) socket.pause()
    }
  }

  async function close(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
}
