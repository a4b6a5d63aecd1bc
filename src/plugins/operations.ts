import { problemOf } from '../problems/index.ts'
import { exampleOf, requestOf, type Schemas } from './examples.ts'

/** The part of an OpenAPI document that is completed here. */
export interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { responses?: Readonly<Record<string, unknown>>; readonly schemas?: Schemas }
  servers?: readonly unknown[]
}

interface Operation {
  operationId?: string
  readonly parameters?: readonly unknown[]
  readonly requestBody?: Body
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  responses: Readonly<Record<string, unknown>>
}

interface Body {
  readonly content?: Readonly<Record<string, { schema?: object; example?: unknown; examples?: unknown }>>
}

const words: Readonly<Record<number, string>> = {
  400: 'The request is not as described here; `errors` says where',
  401: 'No key, or none that is live',
  403: 'The key lacks the scope',
  404: 'There is nothing of that name or id',
  409: 'What is there does not allow it now; `code` says why',
  413: 'The body is too large',
  415: 'The body is of another media type',
  429: 'Too many requests with this key; `Retry-After` says how long to wait',
  503: 'The database is away or slow; `Retry-After` says when to ask again',
}

/** Gives each operation a name of its own and the ways it can fail that follow from what it is. Changes the document. */
export function completeOperations(contract: Contract): void {
  const { paths, components } = contract
  contract.servers ??= [{ url: '/', description: 'The service that shows this' }]
  for (const [path, operations] of Object.entries(paths))
    for (const [method, operation] of Object.entries(operations)) {
      operation.operationId ??= nameOf(method, path)
      const failures = statusesOf(method, path, operation).map((status) => [status, { $ref: refOf(status) }])
      operation.responses = { ...Object.fromEntries(failures), ...operation.responses }
      giveExamples(operation, components.schemas ?? {})
    }
  components.responses = Object.fromEntries(
    Object.entries(words).map(([status, description]) => [
      `Problem${status}`,
      { description, content: { [problem]: { schema: problemSchema, example: problemExample(Number(status)) } } },
    ]),
  )
}

const problem = 'application/problem+json'
const problemSchema = { $ref: '#/components/schemas/Problem' }

function giveExamples({ requestBody, responses }: Operation, schemas: Schemas): void {
  const request = requestBody?.content?.['application/json']
  if (request?.schema && !request.examples) request.example ??= requestOf(request.schema, schemas)
  for (const [status, body] of Object.entries(responses))
    for (const [type, media] of Object.entries((body as Body).content ?? {})) {
      if (type === problem) media.example ??= problemExample(status === 'default' ? 500 : Number(status))
      else if (type === 'application/json' && media.schema && !media.examples)
        media.example ??= exampleOf(media.schema, schemas)
    }
}

const codes: Readonly<Record<number, string>> = {
  400: 'VALIDATION',
  401: 'KEY_MISSING',
  403: 'SCOPE_MISSING',
  404: 'NOT_FOUND',
  409: 'DLQ_NOT_OPEN',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  503: 'DATABASE_AWAY',
}

function problemExample(status: number) {
  const code = codes[status] ?? 'INTERNAL'
  const known = problemOf(code)
  return {
    type: `/docs/errors/${code}`,
    title: known?.title ?? 'Error',
    status,
    detail: words[status] ?? 'Something went wrong here; the log knows more',
    instance: '/requests/req-1',
    code,
    ...(known && { hint: known.remedy }),
    ...((status === 429 || status === 503) && { retryAfterSeconds: 5 }),
    ...(status === 400 && { errors: [{ pointer: '/querystring/limit', detail: 'expected a number' }] }),
  }
}

const refOf = (status: number): string => `#/components/responses/Problem${status}`

/** `postKeysIdRotate`: what generated clients call it. */
function nameOf(method: string, path: string): string {
  const parts = path.replace(/^\/api\/tds/, '').split(/[^A-Za-z0-9]+/)
  return method + parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')
}

function statusesOf(method: string, path: string, { parameters = [], requestBody, security = [] }: Operation) {
  const isGuarded = security.length === 1 && 'key' in (security[0] ?? {})
  const isWebhook = path.includes('/webhooks/{')
  const statuses: readonly (readonly [number, boolean])[] = [
    [400, isGuarded && (parameters.length > 0 || requestBody !== undefined)],
    [401, isGuarded || isWebhook || path.endsWith('/health')],
    [403, isGuarded],
    [404, !isWebhook && /\{|\/latest$/.test(path)],
    [409, isGuarded && !/^(get|head)$/.test(method)],
    [413, isWebhook || (isGuarded && requestBody !== undefined)],
    [415, isGuarded && requestBody !== undefined],
    [429, isGuarded || isWebhook],
    [503, isWebhook || (isGuarded && method !== 'head')],
  ]
  return statuses.filter(([, applies]) => applies).map(([status]) => status)
}
