import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { createLockout } from '../../src/keys/index.ts'
import { guard, identification, limitByKey, offerRateLimits, problems } from '../../src/plugins/index.ts'
import { scopedKeys } from '../routes/shell-fixture.ts'

const tries = 20
const lockout = () => createLockout({ clock: { now: () => 1_000_000 }, tries, seconds: 60, onLocked: () => {} })

async function build(t: Test, perMinute = 1000) {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(problems)
  await offerRateLimits(app)
  await app.register(identification, { keys: scopedKeys(), lockout: lockout() })
  await app.register(async (admin) => {
    await admin.register(guard)
    await limitByKey(admin, { perMinute })
    admin.get('/dlq', { config: { scope: 'dlq:read' } }, async ({ key }) => key?.id)
  })
  return app
}

const ask = (app: Awaited<ReturnType<typeof build>>, authorization?: string, remoteAddress = '10.0.0.1') =>
  app.inject({ url: '/dlq', remoteAddress, ...(authorization && { headers: { authorization } }) })

t.test('no key, a wrong key, a key without the scope and a right key', async (t) => {
  const app = await build(t)
  const missing = await ask(app)
  t.same([missing.statusCode, missing.json().code], [401, 'KEY_MISSING'])
  t.match(missing.headers['www-authenticate'], /^Bearer/)
  const wrong = await ask(app, 'Bearer tds_wrong')
  t.same([wrong.statusCode, wrong.json().code], [401, 'KEY_INVALID'])
  const scopeless = await ask(app, 'Bearer tds_only_stats:read')
  t.same([scopeless.statusCode, scopeless.json().code], [403, 'SCOPE_MISSING'])
  t.match(scopeless.json().detail, 'dlq:read')
  t.same((await ask(app, 'Bearer tds_only_dlq:read')).body, 'dlq:read')
  t.equal((await ask(app, 'bearer   tds_only_dlq:read')).statusCode, 200)
})

t.test('only a bearer token counts', async (t) => {
  const app = await build(t)
  for (const header of ['tds_only_dlq:read', 'Basic dGRz', 'Bearer', 'Bearer a b', 'Bearer tds_only_dlq:read x']) {
    t.equal((await ask(app, header)).statusCode, 401, header)
  }
})

t.test('an admin route that names no scope cannot be registered', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await offerRateLimits(app)
  await app.register(identification, { keys: scopedKeys(), lockout: lockout() })
  app.register(async (admin) => {
    await admin.register(guard)
    admin.get('/open', async () => 'open')
  })
  await t.rejects(async () => app.ready(), /\/open is an admin route and names no scope/)
})

t.test('an address that tries many wrong keys is not listened to; others are', async (t) => {
  const app = await build(t)
  for (let n = 0; n < tries; n += 1) t.equal((await ask(app, `Bearer tds_${n}`)).statusCode, 401)
  const locked = await ask(app, 'Bearer tds_only_dlq:read')
  t.same([locked.statusCode, locked.json().code], [429, 'ADDRESS_LOCKED_OUT'])
  t.equal(locked.headers['retry-after'], '60')
  t.equal((await ask(app, 'Bearer tds_only_dlq:read', '10.0.0.2')).statusCode, 200)
})

t.test('a key may make so many requests a minute, from wherever; another key has its own', async (t) => {
  const app = await build(t, 3)
  const first = 'Bearer tds_only_dlq:read'
  for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) {
    t.equal((await ask(app, first, address)).statusCode, 200)
  }
  const limited = await ask(app, first, '10.0.0.4')
  t.equal(limited.statusCode, 429)
  t.match(limited.json(), { code: 'RATE_LIMITED', retryAfterSeconds: Number(limited.headers['retry-after']) })
  t.equal((await ask(app, 'Bearer tds_test_key_of_the_shell')).statusCode, 200)
})
