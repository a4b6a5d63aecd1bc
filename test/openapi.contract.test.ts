import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import t from 'tap'
import { parse } from 'yaml'
import { renderContract } from '../src/openapi.ts'
import { type Case, changes, startWorld, type World } from './audit/changes.ts'
import { looks } from './audit/looks.ts'
import { secrets, startService } from './helpers/service.ts'

interface Media {
  readonly schema?: object
  readonly example?: unknown
}

interface Body {
  readonly $ref?: string
  readonly content?: Readonly<Record<string, Media>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly example?: unknown
  readonly schema?: { readonly example?: unknown }
}

interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Body
  readonly responses: Readonly<Record<string, Body>>
  readonly security?: readonly object[]
}

const text = await renderContract()
const document = parse(text)
const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, method, ...operation })),
)

const ajv = new Ajv2020({ strict: false, allErrors: true })
formats.default(ajv)
ajv.addSchema({ ...document, $id: 'contract' })
const compiled = new Map<string, ValidateFunction>()

const isJson = (type: string) => type === 'application/json' || type === 'application/problem+json'

/** What is wrong with a value by the schema at this place of the contract. */
function faults(pointer: readonly string[], value: unknown): string {
  const path = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
  const validate = compiled.get(path) ?? ajv.compile({ $ref: `contract#/${path}` })
  compiled.set(path, validate)
  return validate(value) ? '' : ajv.errorsText(validate.errors)
}

/** Two paths may look alike to a router that knows no fixed words before names; ours does. Always-200 routes have no 4xx. */
const known = [
  { rule: 'no-ambiguous-paths', at: /./ },
  { rule: 'operation-4xx-response', at: /health~1(live|ready)|webhooks~1test/ },
]

t.test('the contract passes the linter', async (t) => {
  const config = await createConfig({ extends: ['recommended'] })
  const problems = await lintFromString({ source: text, config, absoluteRef: '/openapi.yaml' })
  const told = problems
    .map(({ ruleId, message, location: [place] }) => ({ rule: ruleId, message, at: place?.pointer ?? '' }))
    .filter(({ rule, at }) => !known.some((each) => each.rule === rule && each.at.test(at)))
  t.same(told, [])
})

function* bodies() {
  for (const { name, path, method, requestBody, responses } of operations) {
    const at = ['paths', path, method]
    for (const [type, media] of Object.entries(requestBody?.content ?? {}))
      yield { name: `${name} request`, at: [...at, 'requestBody', 'content', type, 'schema'], type, media }
    for (const [status, { content = {} }] of Object.entries(responses))
      for (const [type, media] of Object.entries(content))
        yield { name: `${name} ${status}`, at: [...at, 'responses', status, 'content', type, 'schema'], type, media }
  }
  for (const [name, { content = {} }] of Object.entries<Body>(document.components.responses))
    for (const [type, media] of Object.entries(content))
      yield { name, at: ['components', 'responses', name, 'content', type, 'schema'], type, media }
}

t.test('every JSON body has an example, and every example fits its schema', (t) => {
  let count = 0
  for (const { name, at, type, media } of bodies()) {
    if (!isJson(type)) continue
    t.not(media.example, undefined, `${name} has an example`)
    t.equal(faults(at, media.example), '', `${name}: ${JSON.stringify(media.example)}`)
    count++
  }
  t.ok(count > 60, `${count} examples`)
  t.end()
})

t.test('every example is answered by the service as the contract says', async (t) => {
  const { url, syncAll } = await startService(t, { simulator: { items: 20 } })
  await syncAll()
  const statuses = new Map<number, number>()
  for (const { name, path, method, parameters = [], requestBody, responses, security } of operations) {
    if (method === 'head' || path.includes('/webhooks/')) continue
    const target = path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(placeOf(parameters, key)))
    const body = requestBody?.content?.['application/json']?.example
    const reply = await fetch(url + target, {
      method: method.toUpperCase(),
      signal: AbortSignal.timeout(20_000),
      headers: {
        ...(security && { authorization: `Bearer ${secrets.admin}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const type = reply.headers.get('content-type')?.split(';')[0] ?? ''
    if (type === 'text/event-stream') {
      await reply.body?.cancel()
      continue
    }
    const answer = await reply.text()
    statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
    const status = String(reply.status) in responses ? String(reply.status) : 'default'
    t.ok(reply.status < 500, `${name} answers ${reply.status}: ${answer.slice(0, 300)}`)
    t.not(status, 'default', `${name} says that it answers ${reply.status}: ${answer.slice(0, 300)}`)
    const described = responses[status] ?? {}
    if (!isJson(type)) continue
    const at = described.$ref ? described.$ref.slice(2).split('/') : ['paths', path, method, 'responses', status]
    t.equal(
      faults([...at, 'content', type, 'schema'], JSON.parse(answer)),
      '',
      `${name} ${status}: ${answer.slice(0, 300)}`,
    )
  }
  t.ok((statuses.get(200) ?? 0) > 15, JSON.stringify([...statuses]))
})

const placeOf = (parameters: readonly Parameter[], key: string): string => {
  const parameter = parameters.find((each) => each.name === key)
  return String(parameter?.example ?? parameter?.schema?.example ?? fallback[key] ?? 'products')
}

const fallback: Readonly<Record<string, string>> = {
  id: '1',
  entity: 'products',
  zoho_item_id: '4873910000000012001',
  file: '4873910000000012001.png',
}

/** Whose answer when all is well has no schema of JSON: only its status and its type are compared. */
const unshaped: Readonly<Record<string, string>> = {
  'get /static/images/products/{file}': 'a picture',
  'head /static/images/products/{file}': 'nothing but headers',
  'get /product-images/{zoho_item_id}': 'a picture',
  'head /product-images/{zoho_item_id}': 'nothing but headers',
  'get /metrics': 'the text that Prometheus reads; test/routes/metrics.test.ts reads it',
  'get /syncs/events': 'a stream; test/service/sync-events.test.ts reads it',
  'get /syncs/{id}/events': 'a stream; test/service/sync-events.test.ts reads it',
}

/** In the order in which one can be asked after the other: all changes, then what looks at what they made. */
const inOrder = operations
  .map((each) => ({ ...each, route: `${each.method} ${each.path.replace('/api/tds', '')}` }))
  .toSorted((one, other) => turnOf(one.route) - turnOf(other.route))

function turnOf(route: string): number {
  const turn = Object.keys(changes).indexOf(route)
  return turn < 0 ? Number.POSITIVE_INFINITY : turn
}

/** What to send so that the answer is a good one. */
const goodCase = async (world: World, { route, path }: { route: string; path: string }): Promise<Case> => {
  if (path.includes('/webhooks/')) return { path: route.split(' ')[1]?.replace('{module}', 'products') ?? '', body: {} }
  const make = changes[route] ?? looks[route.replace(/^head /, 'get ')]
  return make ? make(world) : {}
}

t.test('every operation answers well once, as its contract says it does', async (t) => {
  const world = await startWorld(t)
  const used = new Set<string>()
  for (const operation of inOrder) {
    const { route, path, method, responses } = operation
    const given = await goodCase(world, operation)
    const target = (path.startsWith('/api/tds') && given.path ? '/api/tds' : '') + (given.path ?? path)
    const reply = await fetch(world.url + target, {
      method: method.toUpperCase(),
      signal: AbortSignal.timeout(20_000),
      headers: {
        authorization: `Bearer ${secrets.admin}`,
        'x-webhook-key': secrets.key,
        ...(given.body && { 'content-type': 'application/json' }),
      },
      ...(given.body && { body: JSON.stringify(given.body) }),
    })
    const type = reply.headers.get('content-type')?.split(';')[0] ?? ''
    if (route in unshaped) used.add(route)
    const answer = type === 'text/event-stream' ? '' : await reply.text()
    if (type === 'text/event-stream') await reply.body?.cancel()
    const said = `${route} (${target}): ${reply.status} ${type} ${answer.slice(0, 300)}`
    const content = responses[reply.status]?.content
    t.ok(reply.ok && content, `${said}; a new route wants a line in test/audit/changes.ts or looks.ts`)
    if (!content) continue
    t.ok(type in content || '*/*' in content, `it is of a type that is documented: ${said}`)
    t.equal(isJson(type), !(route in unshaped), `what is not JSON is listed with its reason: ${said}`)
    if (!isJson(type)) continue
    const at = ['paths', path, method, 'responses', String(reply.status), 'content', type, 'schema']
    t.equal(faults(at, JSON.parse(answer)), '', said)
  }
  t.same([...used].toSorted(), Object.keys(unshaped).toSorted(), 'no exception is there for nothing')
  world.simulator.control.faults.clear()
})

t.test('how a request fails is said the same way everywhere', async (t) => {
  const { url } = await startService(t, { simulator: { items: 20 } })
  for (const { name, path, method, security } of operations.filter((each) => each.security?.length === 1)) {
    const target = path.replace(/\{(\w+)\}/g, '1')
    const reply = await fetch(url + target, { method: method.toUpperCase() })
    t.equal(reply.status, 401, `${name} ${JSON.stringify(security)}`)
    if (method === 'head') continue
    t.match(reply.headers.get('content-type'), /^application\/problem\+json/)
    t.equal(faults(['components', 'schemas', 'Problem'], await reply.json()), '', name)
  }
})
