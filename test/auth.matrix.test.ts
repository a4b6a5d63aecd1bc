import type { InjectOptions } from 'fastify'
import t from 'tap'
import { buildApp } from '../src/app.ts'
import { createKeys, createLockout, type Scope, scopes } from '../src/keys/index.ts'
import { writeToken } from '../src/keys/token.ts'
import type { Door } from '../src/plugins/index.ts'
import { testDatabase } from './helpers/database.ts'
import { silent } from './monitor/fixture.ts'
import { adminKey, contextOf } from './routes/shell-fixture.ts'

const readScopes: readonly Scope[] = ['health:read', 'stats:read', 'payload:read', 'dlq:read']
const start = Date.now()
const hourMs = 3_600_000

/** The app with real keys in a database: one for each scope, and those that open nothing any more. */
const open = async () => {
  const database = await testDatabase(t)
  let now = start
  const clock = { now: () => now }
  const keys = createKeys({ db: database.db, bootstrapKey: adminKey, clock, log: silent })
  const by = { actor: 'cli', scopes }
  const make = async (wanted: readonly Scope[], expiresAt?: Date) =>
    keys.create({ name: 'matrix', scopes: wanted, expiresAt }, by)
  const only = new Map<Scope, string>()
  for (const scope of scopes) only.set(scope, (await make([scope])).token)
  const all = await make(scopes)
  const expired = await make(scopes, new Date(start + hourMs))
  const revoked = await make(scopes)
  await keys.revoke(revoked.id, {}, by)
  const reader = await make(readScopes)
  now += 2 * hourMs
  const lockout = createLockout({ clock, tries: 20, seconds: 60, onLocked: () => {} })
  const app = await buildApp(contextOf(database, { keys, lockout }))
  t.teardown(() => app.close())
  let asked = 0
  /** From an address of its own: what is tried here must not lock out what comes after it. */
  const ask = async ({ method, url }: Door, authorization?: string) => {
    asked += 1
    const reply = await app.inject({
      method: method as NonNullable<InjectOptions['method']>,
      url: url.replace(/\(\^.*?\$\)/, '').replace(/:\w+|\*/g, '1'),
      remoteAddress: `10.${Math.floor(asked / 62_500)}.${Math.floor(asked / 250) % 250}.${(asked % 250) + 1}`,
      ...(authorization !== undefined && { headers: { authorization } }),
    })
    const code =
      reply.headers['content-type']?.toString().includes('problem+json') && reply.body ? reply.json().code : ''
    return { status: reply.statusCode, code: code as string }
  }
  const tokens = { all: all.token, expired: expired.token, revoked: revoked.token, reader: reader.token, only }
  return { app, ask, tokens, doors: app.doors() }
}

const { app, ask, tokens, doors } = await open()
const name = ({ method, url }: Door) => `${method} ${url}`
const guarded = doors.filter(({ needs }) => needs !== 'public' && needs !== 'webhook')

t.test('the list is the whole list', async (t) => {
  t.ok(guarded.length > 60, `${guarded.length} guarded routes`)
  const described = Object.entries(app.swagger().paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods ?? {}).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  )
  const listed = new Set(doors.map((door) => name(door).replace(/\(\^.*?\$\)/, '')))
  t.same(
    described.filter((each) => !listed.has(each)),
    [],
    'no route of the contract is missing',
  )
})

const wrong = (token: string): Readonly<Record<string, string>> => ({
  'a wrong key': `Bearer ${writeToken({ id: token.slice(4, 12), secret: 'w'.repeat(43) })}`,
  'a key of nobody': `Bearer ${writeToken({ id: 'nobody00', secret: 'w'.repeat(43) })}`,
  'a bad checksum': `Bearer ${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`,
  'no token': 'Bearer',
  'an empty token': 'Bearer  ',
  'another scheme': `Basic ${Buffer.from(`tds:${token}`).toString('base64')}`,
  'no scheme': token,
  'two tokens': `Bearer ${token}, Bearer ${token}`,
  'the public part': `Bearer ${token.slice(0, 12)}`,
  'an expired key': `Bearer ${tokens.expired}`,
  'a revoked key': `Bearer ${tokens.revoked}`,
})

t.test('without a live key no guarded route opens', async (t) => {
  for (const door of guarded) {
    t.same(await ask(door), { status: 401, code: door.method === 'HEAD' ? '' : 'KEY_MISSING' }, name(door))
    for (const [words, authorization] of Object.entries(wrong(tokens.all))) {
      const { status, code } = await ask(door, authorization)
      if (status !== 401 || (door.method !== 'HEAD' && code !== 'KEY_INVALID'))
        t.fail(`${name(door)} answers ${status} ${code} to ${words}`)
    }
  }
})

t.test('each guarded route opens to its scope alone', async (t) => {
  for (const door of guarded)
    for (const [scope, token] of tokens.only) {
      const { status, code } = await ask(door, `Bearer ${token}`)
      if (scope === door.needs)
        t.notOk([401, 403, 429].includes(status), `${name(door)} with ${scope}: ${status} ${code}`)
      else t.same([status, code], [403, door.method === 'HEAD' ? '' : 'SCOPE_MISSING'], `${name(door)} with ${scope}`)
    }
})

t.test('who may read everything may change nothing', async (t) => {
  const changing = guarded.filter(({ method }) => !/^(GET|HEAD)$/.test(method))
  t.ok(changing.length > 20)
  for (const door of changing) t.equal((await ask(door, `Bearer ${tokens.reader}`)).status, 403, name(door))
})

t.test('what needs no key is what is meant to', async (t) => {
  const open = [...new Set(doors.filter((door) => !guarded.includes(door)).map(({ url }) => url))]
  t.same(
    open.filter((url) => !url.startsWith('/docs')).toSorted(),
    [
      '/api/tds/health',
      '/api/tds/health/live',
      '/api/tds/health/ready',
      '/api/tds/webhooks/:module(^[a-z0-9_-]{1,64}$)',
      '/api/tds/webhooks/test',
      '/openapi.yaml',
      '/product-images/:zoho_item_id',
      '/static/images/products/:file',
    ].toSorted(),
  )
  for (const door of doors.filter(({ needs }) => needs === 'webhook'))
    t.same(await ask(door, `Bearer ${tokens.all}`), { status: 401, code: 'WEBHOOK_UNAUTHORIZED' }, name(door))
})
