import t from 'tap'
import { parse } from 'yaml'
import { renderContract } from '../src/openapi.ts'

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[]
  readonly security?: readonly Record<string, readonly string[]>[]
  readonly requestBody?: object
  readonly responses: Record<string, { readonly description?: string; readonly $ref?: string }>
}

const document = parse(await renderContract())
const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, ...operation })),
)

t.test('every operation says what it does, under a name of its own', (t) => {
  t.ok(operations.length > 15, `${operations.length} operations`)
  for (const { name, summary, tags, operationId } of operations) {
    t.ok((summary ?? '').length > 10, `${name} has a summary`)
    t.notMatch(summary, /\.$/, `${name}: a summary is no sentence`)
    t.equal(tags?.length, 1, `${name} has one tag`)
    t.match(operationId, /^[a-z]+[A-Za-z0-9]+$/, `${name} has an operationId`)
  }
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
  t.end()
})

t.test('every way to succeed and to fail is described', (t) => {
  for (const { name, path, responses, security = [], parameters = [], requestBody } of operations) {
    t.ok(
      Object.keys(responses).some((status) => /^[23]/.test(status)),
      `${name} can succeed`,
    )
    t.ok('default' in responses, `${name} can fail`)
    for (const [status, { description, $ref }] of Object.entries(responses))
      t.ok(description || $ref, `${name} describes ${status}`)
    if (!(security.length === 1 && security[0]?.key)) continue
    const takes = parameters.length > 0 || requestBody
    const expected = ['401', '403', '429', '503', ...(takes ? ['400'] : []), ...(path.includes('{') ? ['404'] : [])]
    for (const status of expected) t.ok(status in responses, `${name} describes ${status}`)
  }
  t.end()
})

t.test('every parameter of a path is declared, and every reference leads somewhere', (t) => {
  for (const { name, path, parameters = [] } of operations) {
    const inPath = parameters.filter((each) => each.in === 'path').map((each) => each.name)
    t.same(inPath.toSorted(), [...path.matchAll(/\{(\w+)\}/g)].map(([, each]) => each).toSorted(), name)
  }
  const refs = new Set([...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, ref = '']) => ref))
  t.ok(refs.size > 1)
  for (const ref of refs)
    t.ok(
      ref.split('/').reduce((part, key) => part?.[key], document),
      ref,
    )
  t.end()
})
