import { parse } from 'yaml'
import { renderContract } from '../../../src/openapi.ts'

/** A route as our own contract describes it. */
export interface Operation {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly places: readonly Place[]
  readonly queries: readonly Place[]
  /** A body that is right; undefined where none is taken. */
  readonly body: unknown
  readonly isGuarded: boolean
  /** Whether it only reads. */
  readonly isRead: boolean
}

/** A parameter, with a value that is right. */
export interface Place {
  readonly name: string
  readonly example: string
}

interface Schema {
  readonly example?: unknown
  readonly examples?: readonly unknown[]
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly type?: string
  readonly format?: string
  readonly anyOf?: readonly Schema[]
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly example?: unknown
  readonly schema?: Schema
}

interface Described {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly example?: unknown }>> }
  readonly security?: readonly object[]
}

/** What no contract names, but is served. */
const hidden = ['/openapi.yaml', '/docs', '/docs/errors', '/docs/errors/{code}', '/docs/static/{file}', '/nowhere/{id}']

/** Every route: those of the contract, and the pages beside it. */
export async function readOperations(): Promise<readonly Operation[]> {
  const { paths } = parse(await renderContract()) as { paths: Record<string, Record<string, Described>> }
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => toOperation(method, path, operation)),
  )
  return [...described, ...hidden.map((path) => toOperation('get', path, { parameters: placesIn(path) }))]
}

const placesIn = (path: string): Parameter[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({ name, in: 'path' }))

function toOperation(method: string, path: string, { parameters = [], requestBody, security }: Described): Operation {
  const of = (where: string) =>
    parameters.filter((each) => each.in === where).map((each) => ({ name: each.name, example: exampleOf(each) }))
  return {
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    places: of('path'),
    queries: of('query'),
    body: requestBody?.content?.['application/json']?.example,
    isGuarded: security?.length === 1,
    isRead: method === 'get' || method === 'head',
  }
}

function exampleOf({ name, example, schema = {} }: Parameter): string {
  const given = example ?? namedIn(schema) ?? schema.anyOf?.map(namedIn).find((value) => value !== undefined)
  return String(given ?? fallback[name] ?? plain[schema.format ?? schema.type ?? ''] ?? 'products')
}

const namedIn = ({ example, examples, enum: choices, default: usual }: Schema): unknown =>
  example ?? examples?.[0] ?? choices?.[0] ?? usual

const plain: Readonly<Record<string, string>> = {
  integer: '1',
  number: '1',
  boolean: 'true',
  uuid: '0198c0de-7e57-7000-8000-000000000001',
  'date-time': '2026-01-31T08:00:00.000Z',
  date: '2026-01-31',
}

const fallback: Readonly<Record<string, string>> = {
  id: '1',
  entity: 'products',
  module: 'products',
  zoho_item_id: '4873910000000012001',
  file: 'item_4873910000000012001.png',
  code: 'VALIDATION',
  after: '1',
}
