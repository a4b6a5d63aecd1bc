import Fastify, { LogController } from 'fastify'
import { pino } from 'pino'
import t from 'tap'
import { requestId, requestLog } from '../../src/plugins/index.ts'

t.test("a caller's request id is kept where a log line can hold it", async (t) => {
  const id = (given?: string) => requestId({ headers: given === undefined ? {} : { 'x-request-id': given } })
  for (const sane of ['abc', 'A-1_b.c:d', 'x'.repeat(64)]) t.equal(id(sane), sane)
  for (const wild of [undefined, '', 'x'.repeat(65), 'a b', 'a\nb', '{"a":1}', '../..', 'ä']) {
    t.match(id(wild), /^[0-9a-f]{8}-[0-9a-f]{4}-7/, String(wild))
  }
})

t.test('one line an answer with its id, without the query; probes and images only at debug', async (t) => {
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'debug' }, { write: (line) => lines.push(JSON.parse(line)) })
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
  })
  t.teardown(() => app.close())
  app.decorateRequest('key', null)
  await app.register(requestLog)
  app.get('*', async () => 'ok')
  const reply = await app.inject({ url: '/api/tds/dlq?key=hush', headers: { 'x-request-id': 'mine' } })
  t.equal(reply.headers['x-request-id'], 'mine')
  for (const url of ['/api/tds/health', '/api/tds/health/live', '/product-images/1']) await app.inject(url)
  t.match(lines[0], { level: 30, reqId: 'mine', method: 'GET', path: '/api/tds/dlq', status: 200 })
  t.same(
    lines.slice(1).map(({ level }) => level),
    [20, 20, 20],
  )
  t.notMatch(JSON.stringify(lines), 'hush')
})
