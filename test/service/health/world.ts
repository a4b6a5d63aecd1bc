import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Test } from 'tap'
import { z } from 'zod'
import { sql } from '../../../db/index.ts'
import type { CheckName, ReasonCode } from '../../../src/monitor/index.ts'
import { systemClock } from '../../../src/runtime/index.ts'
import { type Service, type ServiceOptions, secrets, startService } from '../../helpers/service.ts'
import { type TestClock, testClock } from '../../monitor/fixture.ts'
import { createProxy, type DatabaseProxy } from './proxy.ts'

/** One way in which it breaks, what health must say of it, and how it is whole again. */
export interface Row {
  readonly name: string
  readonly code: ReasonCode
  readonly check: CheckName
  readonly severity: 'degraded' | 'unhealthy'
  readonly words: RegExp
  /** Limits as somebody sets them over HTTP for the time of the row, so that a test need not wait for hours. */
  readonly thresholds?: Readonly<Record<string, unknown>>
  /** It is so from the start: there is no healthy time before. */
  readonly isNew?: boolean
  break(world: World): Promise<void>
  recover(world: World): Promise<void>
}

const lookShape = z.object({
  status: z.string(),
  queue: z.object({ pending: z.int().nullable() }),
  reasons: z.array(
    z.object({
      code: z.string(),
      severity: z.string(),
      check: z.string(),
      words: z.string(),
      runbook: z.string(),
    }),
  ),
  summary: z.record(z.string(), z.unknown()),
  checks: z.record(z.string(), z.object({ status: z.string() })),
})
export interface Look extends z.output<typeof lookShape> {
  readonly httpStatus: number
}

export interface World extends Service {
  readonly clock: TestClock
  readonly proxy: DatabaseProxy
  /** Health over HTTP with a key. */
  look(): Promise<Look>
  /** From now on health is asked at another service; null: at this one again. */
  visit(url: string | null): void
  /** Health as anybody sees it. */
  glance(): Promise<{ httpStatus: number; body: Record<string, unknown> }>
  /** Looks until it is so. */
  until(what: string, isSo: (look: Look) => boolean): Promise<Look>
  healthy(): Promise<Look>
  set(threshold: string, value: unknown): Promise<void>
  /** A signed webhook about a record. */
  webhook(module: string, body: object): Promise<void>
  /** A call with the admin key. @returns its body */
  call(method: string, path: string, body?: object): Promise<unknown>
}

/** The real service with its timetable, over its own database behind a proxy, and over the simulator. */
export async function startWorld(t: Test, options: ServiceOptions = {}): Promise<World> {
  const clock = testClock()
  let proxy: DatabaseProxy | undefined
  const service = await startService(t, {
    simulator: { items: 24 },
    clock,
    ...options,
    env: { TDS_SCHEDULER: 'true', ...options.env },
    async way(url) {
      proxy = await createProxy(t, url)
      return proxy.url
    },
  })
  if (!proxy) throw new Error('The service starts by way of the proxy')
  const { url } = service
  let asked = url
  const headers = { authorization: `Bearer ${secrets.admin}` }

  const look = async (): Promise<Look> => {
    const reply = await fetch(`${asked}/api/tds/health`, { headers })
    return { ...lookShape.parse(await reply.json()), httpStatus: reply.status }
  }
  const until = async (what: string, isSo: (look: Look) => boolean, timeoutMs = 90_000): Promise<Look> => {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const seen = await look()
      if (isSo(seen)) return seen
      if (Date.now() > deadline)
        throw new Error(
          `Waited in vain until ${what}; last: ${seen.status} ${JSON.stringify(seen.reasons.map(({ code, words }) => [code, words]))}`,
        )
      await systemClock.sleep(100)
    }
  }
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const reply = await fetch(url + path, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status}: ${text}`)
    return JSON.parse(text)
  }

  return {
    ...service,
    clock,
    proxy,
    look,
    until,
    healthy: () => until('health is healthy', ({ status }) => status === 'healthy'),
    call,
    visit(other) {
      asked = other ?? url
    },
    async glance() {
      const reply = await fetch(`${asked}/api/tds/health`)
      return { httpStatus: reply.status, body: z.record(z.string(), z.unknown()).parse(await reply.json()) }
    },
    async set(threshold, value) {
      await call('PUT', `/api/tds/alerts/thresholds/${threshold}`, { value, reason: 'test' })
    },
    async webhook(module, document) {
      const body = JSON.stringify(document)
      const signature = createHmac('sha256', secrets.webhook).update(body).digest('hex')
      const reply = await fetch(`${url}/api/tds/webhooks/${module}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'x-zoho-webhook-signature': signature },
      })
      if (!reply.ok) throw new Error(`The webhook was answered with ${reply.status}`)
    },
  }
}

const publicKeys = ['status', 'queue', 'last_sync', 'stats']
const anchors = [...(await readFile('docs/runbook.md', 'utf8')).matchAll(/^## (.+)$/gm)].map(
  ([, heading = '']) => `docs/runbook.md#${heading.toLowerCase().replaceAll(' ', '-')}`,
)

/** Plays the rows one after the other: broken, told, whole again. */
export async function play(t: Test, world: World, rows: readonly Row[]): Promise<void> {
  for (const row of rows) {
    await t.test(`${row.name}: ${row.code}, and healthy again`, async (t) => {
      if (!row.isNew) await world.healthy()
      for (const [name, value] of Object.entries(row.thresholds ?? {})) await world.set(name, value)
      await row.break(world)
      const isTold = ({ code, severity, words }: Look['reasons'][number]) =>
        code === row.code && severity === row.severity && row.words.test(words)
      const seen = await world.until(`it says ${row.code}`, ({ reasons }) => reasons.some(isTold))
      const reason = seen.reasons.find(isTold)
      t.equal(reason?.check, row.check)
      t.ok(anchors.includes(reason?.runbook ?? ''), `${reason?.runbook} is an entry of the runbook`)
      t.equal(
        seen.checks[row.check]?.status,
        seen.reasons.some(({ check, severity }) => check === row.check && severity === 'unhealthy') ? 'fail' : 'warn',
      )
      const isUnhealthy = seen.reasons.some(({ severity }) => severity === 'unhealthy')
      t.equal(seen.status, isUnhealthy ? 'unhealthy' : 'degraded')
      t.equal(seen.httpStatus, isUnhealthy ? 503 : 200)
      const { body } = await world.glance()
      t.strictSame(Object.keys(body), publicKeys, 'anybody sees the figures and nothing else')
      t.not(body.status, 'healthy')
      await row.recover(world)
      for (const name of Object.keys(row.thresholds ?? {})) await world.set(name, null)
      const whole = await world.healthy()
      t.same([whole.httpStatus, whole.reasons], [200, []])
      t.equal((await world.glance()).httpStatus, 200)
    })
  }
}

/** As if the time had passed: moves a column of rows into the past. */
export const age = (world: World, table: string, column: string, by: string, where = sql`true`) =>
  sql`update ${sql.table(table)} set ${sql.ref(column)} = ${sql.ref(column)} - ${by}::interval where ${where}`.execute(
    world.db,
  )
