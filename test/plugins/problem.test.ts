import { connect } from 'node:net'
import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { inputError, TdsError } from '../../src/errors.ts'
import { answerClientError, problemShape, problems, sendProblem } from '../../src/plugins/index.ts'
import { problemOf } from '../../src/problems/index.ts'

const poison = 'select secret from tds_zoho_token where id = 1'

function build(t: Test) {
  const app = Fastify({
    genReqId: () => 'r-1',
    bodyLimit: 100,
    handlerTimeout: 50,
    frameworkErrors: sendProblem,
    clientErrorHandler: answerClientError,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.register(problems)
  t.teardown(() => app.close())
  return app
}

const coded = (code: string) => Object.assign(new Error(poison), { code, query: poison, detail: poison })

const cases: readonly [string, unknown, number, string][] = [
  ["the caller's fault", inputError('DLQ_NOT_FOUND', 'There is no dead letter 7', 404), 404, 'DLQ_NOT_FOUND'],
  ['an input error without a status', new TdsError('NAME_BAD', 'input', 'no such name'), 400, 'NAME_BAD'],
  [
    'a wait',
    new TdsError('ZOHO_DAY_LIMIT', 'wait', poison, { retryAt: new Date(Date.now() + 90_000) }),
    503,
    'ZOHO_DAY_LIMIT',
  ],
  ['a transient failure', new TdsError('ZOHO_NETWORK', 'transient', poison), 503, 'ZOHO_NETWORK'],
  ['a full spool', new TdsError('INBOX_SPOOL_FULL', 'transient', poison, { status: 503 }), 503, 'INBOX_SPOOL_FULL'],
  ['a permanent failure', new TdsError('ZOHO_SCOPE', 'permanent', poison), 500, 'ZOHO_SCOPE'],
  ['a refused connection', coded('ECONNREFUSED'), 503, 'DATABASE_AWAY'],
  ['a database that shuts down', coded('57P01'), 503, 'DATABASE_AWAY'],
  ['a connection lost', new Error('Connection terminated unexpectedly'), 503, 'DATABASE_AWAY'],
  ['a statement that took too long', coded('57014'), 503, 'DATABASE_SLOW'],
  ['a table that is missing', coded('42P01'), 500, 'INTERNAL'],
  ['any other error', new Error(poison), 500, 'INTERNAL'],
  ['a thrown string', poison, 500, 'INTERNAL'],
]

for (const [name, error, status, code] of cases) {
  t.test(`${name} is ${status} ${code} and tells no secret`, async (t) => {
    const app = build(t)
    app.get('/', async () => {
      throw error
    })
    const reply = await app.inject('/')
    t.equal(reply.statusCode, status)
    t.match(reply.headers['content-type'], 'application/problem+json')
    const problem = reply.json()
    t.ok(problemShape.safeParse(problem).success)
    t.match(problem, {
      status,
      code,
      instance: '/requests/r-1',
      type: problemOf(code) ? `/docs/errors/${code}` : 'about:blank',
    })
    t.notMatch(reply.body, /select|tds_zoho_token|\.ts:/)
    if (status === 503) t.equal(Number(reply.headers['retry-after']), problem.retryAfterSeconds)
    if (status === 503) t.ok(problem.retryAfterSeconds > 0)
  })
}

t.test('a wait names its own time', async (t) => {
  const app = build(t)
  app.get('/', async () => {
    throw new TdsError('ZOHO_BLOCKED', 'wait', 'blocked', { retryAt: new Date(Date.now() + 89_500) })
  })
  t.equal((await app.inject('/')).headers['retry-after'], '90')
})

t.test('what is wrong with a request is named by pointers', async (t) => {
  const app = build(t)
  const body = z.strictObject({ name: z.string(), tags: z.array(z.int()) })
  app.post('/:id', { schema: { params: z.object({ id: z.coerce.number() }), body } }, async () => 'ok')
  const reply = await app.inject({ method: 'POST', url: '/1', body: { name: 1, tags: [1, 'x'] } })
  t.equal(reply.statusCode, 400)
  t.match(reply.json(), {
    code: 'VALIDATION',
    errors: [{ pointer: '/body/name' }, { pointer: '/body/tags/1' }],
  })
  t.match((await app.inject({ method: 'POST', url: '/x', body: {} })).json().errors, [{ pointer: '/params/id' }])
})

t.test('what the framework refuses is a problem too', async (t) => {
  const app = build(t)
  app.post('/', async () => 'ok')
  app.get('/slow', () => new Promise(() => {}))
  app.get('/wrong', { schema: { response: { 200: z.object({ n: z.number() }) } } }, async () => ({ n: poison }))
  const post = (payload: string, type = 'application/json') =>
    app.inject({ method: 'POST', url: '/', payload, headers: { 'content-type': type } })
  const answers = {
    broken: await post('{"a":'),
    empty: await post(''),
    large: await post(JSON.stringify('x'.repeat(200))),
    media: await post('a,b', 'text/csv'),
    url: await app.inject('/%E0%A4%A'),
    route: await app.inject('/nowhere?key=secret'),
    slow: await app.inject('/slow'),
    wrong: await app.inject('/wrong'),
  }
  const seen = Object.entries(answers).map(([name, { statusCode, body }]) => [name, statusCode, JSON.parse(body).code])
  t.same(seen, [
    ['broken', 400, 'MALFORMED_BODY'],
    ['empty', 400, 'MALFORMED_BODY'],
    ['large', 413, 'BODY_TOO_LARGE'],
    ['media', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['url', 400, 'MALFORMED_URL'],
    ['route', 404, 'NOT_FOUND'],
    ['slow', 503, 'TIMEOUT'],
    ['wrong', 500, 'INTERNAL'],
  ])
  for (const { headers, body } of Object.values(answers)) {
    t.match(headers['content-type'], 'application/problem+json')
    t.notMatch(body, /secret/)
  }
})

t.test('bytes that are no HTTP are answered with a problem', async (t) => {
  const app = build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const socket = connect(port, '127.0.0.1')
  socket.write('BLURB\r\n\r\n')
  const text = (await socket.setEncoding('utf8').toArray()).join('')
  t.match(text, /^HTTP\/1\.1 400 Bad Request/)
  t.match(text, /content-type: application\/problem\+json/)
  t.match(text, '"code":"MALFORMED_REQUEST"')
})

t.test('type is below the public URL where there is one', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(problems, { publicUrl: 'https://tds.example.com/below' })
  const problem = (await app.inject('/nowhere')).json()
  t.equal(problem.type, 'https://tds.example.com/below/docs/errors/NOT_FOUND')
  t.same([problem.title, problem.hint], [problemOf('NOT_FOUND')?.title, problemOf('NOT_FOUND')?.remedy])
})
