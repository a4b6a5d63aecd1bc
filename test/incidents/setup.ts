import { type Db, sql } from '../../db/index.ts'
import { type Service, secrets } from '../helpers/service.ts'

export type Row = Readonly<Record<string, unknown>>

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The body as JSON; null where it is none. */
  readonly json: unknown
}

type At = Pick<Service, 'url'>

/** A request with the admin's key. */
export async function ask({ url }: At, path: string, init: RequestInit = {}): Promise<Answer> {
  const headers = { authorization: `Bearer ${secrets.admin}`, ...init.headers }
  return answerOf(await fetch(url + path, { ...init, headers }))
}

/** A webhook as Zoho sends it; with the static key unless other headers are named. */
export async function tell(
  { url }: At,
  module: string,
  body: string,
  headers: Record<string, string> = { 'x-webhook-key': secrets.key },
): Promise<Answer> {
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } }
  return answerOf(await fetch(`${url}/api/tds/webhooks/${module}`, init))
}

async function answerOf(reply: Response): Promise<Answer> {
  const text = await reply.text()
  const isJson = /json/.test(reply.headers.get('content-type') ?? '')
  return { status: reply.status, headers: reply.headers, json: isJson ? JSON.parse(text) : null }
}

/** The alerts that are open, after one look at the state of things, by fingerprint. */
export async function openAlerts(service: Service): Promise<ReadonlyMap<string, Row>> {
  await service.ctx.alerts.look()
  const { json } = await ask(service, '/api/tds/alerts?open=true&limit=500')
  const { items } = json as { items: readonly (Row & { fingerprint: string })[] }
  return new Map(items.map((alert) => [alert.fingerprint, alert]))
}

/** Asks until the condition holds; what is asked is remembered for a second by the service. */
export async function eventually<T>(
  db: Db,
  what: string,
  look: () => Promise<T>,
  holds: (found: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const found = await look()
    if (holds(found)) return found
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}: ${JSON.stringify(found)?.slice(0, 500)}`)
    await sql`select pg_sleep(0.05)`.execute(db)
  }
}

export async function rowsOf(db: Db, query: ReturnType<typeof sql>): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`${query}`.execute(db)
  return rows
}

export async function rowOf(db: Db, query: ReturnType<typeof sql>): Promise<Row> {
  return (await rowsOf(db, query))[0] ?? {}
}
