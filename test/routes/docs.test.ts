import t from 'tap'
import { parse } from 'yaml'
import { topics } from '../../src/problems/index.ts'
import { testApp } from './shell-fixture.ts'

t.test('the contract is served as YAML and names every documented route with how it fails', async (t) => {
  const { app } = await testApp(t)
  const reply = await app.inject('/openapi.yaml')
  t.match(reply.headers['content-type'], 'application/yaml')
  const contract = parse(reply.body)
  t.equal(contract.openapi, '3.1.0')
  t.match(contract.info, { title: 'TDS', version: '1.2.3' })
  const problem = { $ref: '#/components/schemas/Problem' }
  for (const [path, operations] of Object.entries<Record<string, { responses: Record<string, unknown> }>>(
    contract.paths,
  )) {
    for (const [method, { responses }] of Object.entries(operations)) {
      t.match(responses.default, { content: { 'application/problem+json': { schema: problem } } }, `${method} ${path}`)
      t.ok(Object.keys(responses).some((status) => status.startsWith('2')))
    }
  }
  t.same(contract.paths['/api/tds/dlq'].get.security, [{ key: ['dlq:read'] }])
  t.same(Object.keys(contract.components.schemas), ['Problem'])
  t.notOk(reply.body.includes('9007199254740991'))
})

t.test('the page runs only its own script', async (t) => {
  const { app } = await testApp(t)
  const page = await app.inject('/docs/')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], 'text/html')
  const policy = String(page.headers['content-security-policy'])
  t.match(policy, "script-src 'self';")
  t.notMatch(policy, 'upgrade-insecure-requests')
  t.notMatch(page.body, /https?:\/\//, 'nothing is loaded from elsewhere')
  const scripts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target]) => target ?? '')
  t.ok(scripts.length > 3)
  for (const script of scripts) {
    t.equal((await app.inject(new URL(script, 'http://localhost/docs/').pathname)).statusCode, 200, script)
  }
})

t.test('the type of a problem leads to a page without scripts that says what to do', async (t) => {
  const { app } = await testApp(t)
  const problem = (await app.inject('/api/tds/dlq')).json()
  const page = await app.inject(problem.type)
  t.equal(page.statusCode, 200)
  t.match(page.headers, {
    'content-type': /^text\/html/,
    'content-security-policy': /default-src 'none'; style-src 'sha256-/,
  })
  t.match(page.body, 'KEY_MISSING')
  t.notMatch(page.body, '<script')
  t.equal(
    (await app.inject('/docs/errors')).body.match(/<li>/g)?.length,
    topics.flatMap(({ entries }) => Object.keys(entries)).length,
  )
  const none = await app.inject('/docs/errors/%3Cscript%3E')
  t.same([none.statusCode, none.json().code], [404, 'NOT_FOUND'])
})
