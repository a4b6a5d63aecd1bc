import { readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'
import { buildApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { scopes } from '../src/keys/index.ts'
import { renderContract } from '../src/openapi.ts'
import { adminKey, bearer, contextOf, keysOf, keyWith, testApp } from './routes/shell-fixture.ts'

t.test('openapi.yaml is what the routes say; npm run openapi writes it', async (t) => {
  const committed = await readFile(new URL('../openapi.yaml', import.meta.url), 'utf8')
  t.equal(committed, await renderContract())
})

interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly scope: string
}

const methodNamed: Record<string, Operation['method']> = { post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' }

/** Every route that needs a key, by the contract itself. */
async function guarded(): Promise<readonly Operation[]> {
  const { paths } = parse(await renderContract())
  return Object.entries<Record<string, { security?: Record<string, string[]>[] }>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { security = [] }]) => {
      const [scope] = security.length === 1 ? (security[0]?.key ?? []) : []
      const url = path.replace('{entity}', 'products').replace(/\{\w+\}/g, '1')
      return scope === undefined ? [] : [{ method: methodNamed[method] ?? 'GET', url, scope }]
    }),
  )
}

t.test('each admin route opens to its scope and to no other', async (t) => {
  const { app } = await testApp(t)
  const operations = await guarded()
  t.ok(operations.length >= 10, `${operations.length} routes`)
  for (const { method, url, scope } of operations) {
    t.equal((await app.inject({ method, url })).statusCode, 401, `${method} ${url} without a key`)
    for (const held of scopes) {
      const { statusCode } = await app.inject({ method, url, headers: bearer(keyWith(held)) })
      if (held === scope) t.notOk([401, 403].includes(statusCode), `${method} ${url} with ${held}`)
      else t.equal(statusCode, 403, `${method} ${url} with ${held}`)
    }
  }
})

t.test('every route is public, of the webhooks, or guarded', async (t) => {
  const { app } = await testApp(t)
  const { paths } = parse(await renderContract())
  const open = Object.entries<Record<string, { security?: object[] }>>(paths)
    .filter(([, methods]) => Object.values(methods).some(({ security }) => (security ?? []).length !== 1))
    .map(([path]) => path)
  t.same(open.toSorted(), [
    '/api/tds/health',
    '/api/tds/health/live',
    '/api/tds/health/ready',
    '/api/tds/webhooks/test',
    '/api/tds/webhooks/{module}',
    '/product-images/{zoho_item_id}',
    '/static/images/products/{file}',
  ])
  t.equal((await app.inject('/api/tds/unicorns')).statusCode, 404)
})

t.test('the app is built and serves what needs no database while there is none', async (t) => {
  const { db, close } = await testApp(t)
  await close()
  const app = await buildApp(contextOf({ db }))
  t.teardown(() => app.close())
  t.equal((await app.inject('/api/tds/health/live')).statusCode, 200)
  t.equal((await app.inject('/product-images/1.png')).statusCode, 200)
  t.equal((await app.inject({ method: 'POST', url: '/api/tds/webhooks/test' })).statusCode, 200)
  t.equal((await app.inject('/openapi.yaml')).statusCode, 200)
  t.equal((await app.inject('/api/tds/health')).statusCode, 503)
})

t.test('the bootstrap key of the configuration opens the admin scope; without one it stays shut', async (t) => {
  const { db } = await testApp(t)
  const status = async (env: Record<string, string>) => {
    const config = loadConfig(env)
    const app = await buildApp(contextOf({ db }, { config, keys: keysOf(db, config.admin.key) }))
    t.teardown(() => app.close())
    return (await app.inject({ url: '/api/tds/dlq', headers: bearer() })).statusCode
  }
  t.equal(await status({ TDS_ADMIN_KEY: adminKey }), 200)
  t.equal(await status({}), 401)
})

t.test('answers cannot be framed, sniffed or run; images and docs have their own policy', async (t) => {
  const { app } = await testApp(t)
  const headers = async (url: string) => (await app.inject(url)).headers
  for (const url of ['/api/tds/health', '/nowhere', '/api/tds/dlq']) {
    const { 'content-security-policy': policy, ...rest } = await headers(url)
    t.match(policy, /default-src 'none'.*frame-ancestors 'none'/, url)
    t.notMatch(policy, 'upgrade-insecure-requests')
    t.match(rest, { 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' })
    t.notOk('strict-transport-security' in rest)
  }
  t.equal((await headers('/product-images/1'))['cross-origin-resource-policy'], 'cross-origin')
  t.match((await headers('/docs/'))['content-security-policy'], "script-src 'self'")
})

t.test('strict transport is asked for where the public URL has it', async (t) => {
  const { db } = await testApp(t)
  const app = await buildApp(contextOf({ db }, { config: loadConfig({ TDS_PUBLIC_URL: 'https://tds.example.com' }) }))
  t.teardown(() => app.close())
  t.match((await app.inject('/api/tds/health/live')).headers['strict-transport-security'], 'max-age=31536000')
})

t.test('the forwarded address counts only from a trusted proxy', async (t) => {
  const { db } = await testApp(t)
  const lastAllowed = async (trust: string) => {
    const config = loadConfig({ TDS_TRUST_PROXY: trust, TDS_ADMIN_KEY: adminKey })
    const app = await buildApp(contextOf({ db }, { config }))
    t.teardown(() => app.close())
    let status = 0
    for (let n = 0; n < 70; n += 1) {
      const headers = { ...bearer('tds_wrong'), 'x-forwarded-for': `10.1.1.${n}` }
      status = (await app.inject({ url: '/api/tds/dlq', headers, remoteAddress: '127.0.0.1' })).statusCode
    }
    return status
  }
  t.equal(await lastAllowed('false'), 429, 'one address that lies')
  t.equal(await lastAllowed('127.0.0.1'), 401, 'seventy addresses behind a proxy')
  t.equal(await lastAllowed('10.9.9.9,127.0.0.0/8'), 401, 'a network of proxies')
  t.equal(await lastAllowed('10.9.9.9'), 429, 'another proxy is trusted, not this one')
})

t.test('a poisoned service never shows its SQL to a caller', async (t) => {
  const poison = 'select * from tds_zoho_token'
  const fail = () => Promise.reject(Object.assign(new Error(poison), { code: '42P01', query: poison }))
  const { app } = await testApp(t, {
    deadLetters: {
      list: fail,
      get: fail,
      story: fail,
      groups: fail,
      requeue: fail,
      resolve: fail,
      resolveMany: fail,
      batches: { get: fail, cancel: fail, finish: fail },
      start: () => {},
      stop: fail,
    },
    monitor: {
      stalled: () => [],
      health: fail,
      detailedHealth: fail,
      ready: fail,
      statistics: fail,
      entityStatistics: fail,
      history: fail,
    },
  })
  for (const { method, url } of await guarded()) {
    const body = method === 'POST' ? { ids: [1], reason: 'x' } : undefined
    const reply = await app.inject({ method, url, headers: bearer(), ...(body && { body }) })
    t.notMatch(reply.body, /select .* from|at .*\.ts/, url)
  }
  const health = await app.inject('/api/tds/health')
  t.equal(health.statusCode, 500)
  t.notMatch(health.body, /select .* from/)
})
