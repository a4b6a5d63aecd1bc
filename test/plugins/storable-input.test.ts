import Fastify from 'fastify'
import t from 'tap'
import { problems, storableInput } from '../../src/plugins/index.ts'

t.test('a text that the database cannot hold is refused where it stands, in path, query and body', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(problems)
  await app.register(storableInput)
  app.post('/things/:id', async () => 'seen')
  const pointers = async (url: string, body: unknown = {}) => {
    const reply = await app.inject({
      method: 'POST',
      url,
      payload: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
    if (reply.statusCode === 200) return reply.body
    const { code, status, errors } = reply.json()
    return [status, code, errors[0].pointer, errors[0].detail]
  }
  const nul = 'holds a NUL character'
  const half = 'holds half a surrogate pair'
  t.same(await pointers('/things/a%00b'), [400, 'VALIDATION', '/params/id', nul])
  t.same(await pointers('/things/1?q=%00'), [400, 'VALIDATION', '/querystring/q', nul])
  t.same(await pointers('/things/1', { a: [1, { b: '\ud800' }] }), [400, 'VALIDATION', '/body/a/1/b', half])
  t.same(await pointers('/things/1', { '\0': 1 }), [400, 'VALIDATION', '/body', `a name of a member ${nul}`])
  t.same(await pointers('/things/1', '\0'), [400, 'VALIDATION', '/body', nul])
  let deep: unknown = '\0'
  for (let level = 0; level < 1_000; level++) deep = { deep }
  t.match(await pointers('/things/1', deep), [400, 'VALIDATION', /^\/body(\/deep)+$/, nul])
  t.equal(await pointers('/things/%F0%9F%98%80?q=%EF%BF%BD', { a: '😀\ufffd', b: null, c: [1.5, true] }), 'seen')
})
