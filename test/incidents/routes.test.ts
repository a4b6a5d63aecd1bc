import t from 'tap'
import { parse } from 'yaml'
import { renderContract } from '../../src/openapi.ts'
import { secrets, startService } from '../helpers/service.ts'

interface Parameter {
  readonly name: string
  readonly in: string
  readonly example?: unknown
  readonly required?: boolean
}

interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly example?: unknown }>> }
}

const service = await startService(t, { simulator: { items: 12 } })
const { url, sync, simulator } = service
const contract = parse(await renderContract()) as { paths: Record<string, Record<string, Operation>> }
const operations = Object.entries(contract.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
)

t.before(async () => {
  for (const name of ['warehouses', 'categories', 'products', 'product_images']) await sync('full', name)
})

/** Something for each parameter of a path: an entity, an id, a name. */
const valuesOf = (parameter: string): readonly string[] =>
  /entity/.test(parameter) ? ['products', 'nothing'] : [simulator.control.records.ids('items')[0] ?? '', '1', 'nothing']

function pathsOf(path: string): readonly string[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  if (names.length === 0) return [path]
  return [0, 1, 2].map((index) =>
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(valuesOf(name).at(index) ?? '1')),
  )
}

/** Only the head of the answer: a stream of events has no end. */
async function statusOf(path: string, init: RequestInit): Promise<number> {
  const reply = await fetch(url + path, { ...init, signal: AbortSignal.timeout(20_000) })
  await reply.body?.cancel()
  return reply.status
}

t.test('I9: every route answers, whatever it is asked, and none with a fault of its own', async (t) => {
  t.ok(operations.length > 30, `${operations.length} operations`)
  const key = { authorization: `Bearer ${secrets.admin}` }
  const json = { 'content-type': 'application/json' }
  for (const { method, path, requestBody } of operations)
    for (const asked of pathsOf(path)) {
      const example = requestBody?.content?.['application/json']?.example
      const bodies = requestBody ? [JSON.stringify(example ?? {}), '{', '[]'] : [undefined]
      for (const body of bodies) {
        const init = {
          method,
          headers: { ...key, ...(body !== undefined && json) },
          ...(body !== undefined && { body }),
        }
        const status = await statusOf(asked, init)
        t.ok(status < 500 || status === 503, `${method} ${asked} ${body ?? ''}: ${status}`)
      }
      t.ok((await statusOf(asked, { method })) < 500, `${method} ${asked} without a key`)
    }
  t.equal(await statusOf('/api/tds/health/ready', {}), 200, 'and all the while it is ready')
})

t.test('I21: what a page of ours needs comes from us, by addresses that hold wherever we stand', async (t) => {
  const pages = ['/docs', '/docs/']
  for (const page of pages) {
    const reply = await fetch(url + page)
    t.equal(reply.status, 200, page)
    const html = await reply.text()
    const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => new URL(address, reply.url))
    t.ok(named.length > 3, `${page} names ${named.length} files`)
    for (const asset of named) {
      t.equal(asset.origin, new URL(url).origin, asset.href)
      t.equal(await statusOf(asset.pathname, {}), 200, asset.pathname)
    }
  }
  const script = await (await fetch(`${url}/docs/static/swagger-initializer.js`)).text()
  t.notMatch(script, /url"?:\s*["']https?:/i, 'no address is baked in')
  const served = await fetch(`${url}/openapi.yaml`)
  t.equal(served.status, 200)
  const { servers = [] } = parse(await served.text()) as { servers?: readonly { url: string }[] }
  for (const server of servers) t.match(server.url, /^\//)
})
