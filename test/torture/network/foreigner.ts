import { once } from 'node:events'
import { createServer } from 'node:http'

/** A host that nobody should come to, and what those who came brought with them. */
export interface Foreigner {
  readonly url: string
  readonly visits: readonly string[]
  close(): Promise<void>
}

export async function openForeigner(): Promise<Foreigner> {
  const visits: string[] = []
  const server = createServer((request, response) => {
    visits.push(`${request.method} ${request.url} ${request.headers.authorization ?? 'without a token'}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"code":0,"message":"success"}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The foreigner has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    visits,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
