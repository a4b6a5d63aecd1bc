import { Agent, request } from 'undici'
import { createSimulator, type Simulator, type SimulatorOptions, simulatorCredentials } from './index.ts'
import { type Fields, isFields, type Json, parseJson } from './json.ts'

export interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly bytes: Buffer
  /** The body as JSON, digits kept; an empty object when it is none. */
  readonly json: Fields
}

export interface TestClient {
  readonly simulator: Simulator
  /** A GET with token and organisation. */
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** A call of the control API. */
  control(method: string, path: string, body?: unknown): Promise<Answer>
  /** A new access token, used from now on. */
  refresh(): Promise<Answer>
}

interface Test {
  teardown(end: () => Promise<void>): void
}

/** A simulator of 60 items and a client with a token; both end with the test. */
export async function connect(t: Test, options: SimulatorOptions = {}): Promise<TestClient> {
  const simulator = await createSimulator({ items: 60, ...options })
  const agent = new Agent({ keepAliveTimeout: 1000 })
  t.teardown(async () => {
    await agent.destroy()
    await simulator.close()
  })
  let token = ''

  async function call(method: string, url: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const reply = await request(url, { dispatcher: agent, method, headers, body: body ?? null })
    const bytes = Buffer.from(await reply.body.arrayBuffer())
    return { status: reply.statusCode, headers: reply.headers, bytes, json: jsonOf(bytes) }
  }
  async function refresh(): Promise<Answer> {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: simulatorCredentials.clientId,
      client_secret: simulatorCredentials.clientSecret,
      refresh_token: simulatorCredentials.refreshToken,
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await call('POST', `${simulator.accountsUrl}/oauth/v2/token`, headers, form.toString())
    token = String(answer.json.access_token)
    return answer
  }

  await refresh()
  simulator.control.calls.reset()
  return {
    simulator,
    refresh,
    get: (path, headers = { authorization: `Zoho-oauthtoken ${token}` }) =>
      call('GET', withOrganization(simulator, path), headers),
    control: (method, path, body) =>
      call(method, `${simulator.url}/control/${path}`, {}, body === undefined ? undefined : JSON.stringify(body)),
  }
}

/** The objects of a list in a reply. */
export function rowsOf(answer: Answer, key: string): Fields[] {
  const rows = answer.json[key]
  return Array.isArray(rows) ? rows.filter(isFields) : []
}

export function objectOf(value: Json | undefined): Fields {
  return isFields(value) ? value : {}
}

function withOrganization({ apiUrl, organizationId }: Simulator, path: string): string {
  return `${apiUrl}${path}${path.includes('?') ? '&' : '?'}organization_id=${organizationId}`
}

function jsonOf(bytes: Buffer): Fields {
  try {
    return objectOf(parseJson(bytes.toString('utf8')))
  } catch {
    return {}
  }
}
