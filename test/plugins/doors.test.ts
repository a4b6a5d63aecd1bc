import Fastify from 'fastify'
import t from 'tap'
import { doors, markPublic } from '../../src/plugins/index.ts'

t.test('a route that says nothing of who may use it keeps the app from starting', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(doors)
  app.get('/open', async () => 'open')
  await t.rejects(async () => app.ready(), /\/open says neither which scope it needs nor that it is public/)
})

t.test('routes are listed with what they need; whole scopes can be public', async (t) => {
  const app = Fastify({ exposeHeadRoutes: false })
  t.teardown(() => app.close())
  await app.register(doors)
  app.get('/keys', { config: { scope: 'keys:admin' } }, async () => 'keys')
  await app.register(async (pages) => {
    await pages.register(markPublic)
    pages.route({ method: ['GET', 'PUT'], url: '/page', handler: async () => 'page' })
  })
  await app.ready()
  t.same(app.doors(), [
    { method: 'GET', url: '/keys', needs: 'keys:admin' },
    { method: 'GET', url: '/page', needs: 'public' },
    { method: 'PUT', url: '/page', needs: 'public' },
  ])
})
