import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Zoho } from './zoho.ts'

export interface RunningServer {
  readonly url: string
  close(): Promise<void>
}

/** Listens at once. Paths under /control/ go to `control`, all others to `zoho`. */
export async function startServer(options: {
  host: string
  port: number
  zoho: Zoho
  control: Zoho
}): Promise<RunningServer> {
  const server = createServer({ keepAlive: true, keepAliveTimeout: 65_000 }, (request, response) => {
    const url = new URL(request.url ?? '/', 'http://simulator')
    const answer = url.pathname.startsWith('/control/') ? options.control : options.zoho
    answer(request, response, url).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    )
  })
  server.listen(options.port, options.host)
  await once(server, 'listening')
  return { url: urlOf(server, options.host), close: () => closeServer(server) }
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo // an address object, since it listens on TCP
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
