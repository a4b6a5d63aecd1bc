import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { Zoho } from '../../src/zoho/index.ts'
import { type TestDatabase, testDatabase } from '../helpers/database.ts'
import { clientOf } from '../zoho/setup.ts'

export interface Recorded {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** A text goes out byte by byte, anything else as JSON. */
  readonly body: unknown
}

export interface RecordedZoho {
  readonly zoho: Zoho
  readonly database: TestDatabase
}

const token: Recorded = { body: { access_token: 'made-up', expires_in: 3600 } }

/** Our client before a Zoho that gives recorded replies: by the path's last part, `token` for the accounts host. */
export async function recordedZoho(
  t: Test,
  replies: Readonly<Record<string, Recorded>>,
  organizationId: string,
): Promise<RecordedZoho> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://zoho').pathname.split('/').at(-1) ?? ''
    const { status = 200, headers = {}, body } = { token, ...replies }[name] ?? { status: 404, body: { code: 5 } }
    response
      .writeHead(status, { 'content-type': 'application/json;charset=UTF-8', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  // A server that listens on a TCP port has an address of this shape.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const database = await testDatabase(t)
  return { database, zoho: clientOf(t, database, { apiUrl: url, accountsUrl: url, organizationId }) }
}
