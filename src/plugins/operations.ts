/** The part of an OpenAPI document that is completed here. */
export interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { responses?: Readonly<Record<string, unknown>> }
}

interface Operation {
  operationId?: string
  readonly parameters?: readonly unknown[]
  readonly requestBody?: unknown
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  responses: Readonly<Record<string, unknown>>
}

const words: Readonly<Record<number, string>> = {
  400: 'The request is not as described here; `errors` says where',
  401: 'No key, or none that is live',
  403: 'The key lacks the scope',
  404: 'There is nothing of that name or id',
  413: 'The body is too large',
  415: 'The body is of another media type',
  429: 'Too many requests with this key; `Retry-After` says how long to wait',
  503: 'The database is away or slow; `Retry-After` says when to ask again',
}

/** Gives each operation a name of its own and the ways it can fail that follow from what it is. Changes the document. */
export function completeOperations({ paths, components }: Contract): void {
  for (const [path, operations] of Object.entries(paths))
    for (const [method, operation] of Object.entries(operations)) {
      operation.operationId ??= nameOf(method, path)
      const failures = statusesOf(method, path, operation).map((status) => [status, { $ref: refOf(status) }])
      operation.responses = { ...Object.fromEntries(failures), ...operation.responses }
    }
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  components.responses = Object.fromEntries(
    Object.entries(words).map(([status, description]) => [`Problem${status}`, { description, content }]),
  )
}

const refOf = (status: number): string => `#/components/responses/Problem${status}`

/** `postKeysIdRotate`: what generated clients call it. */
function nameOf(method: string, path: string): string {
  const parts = path.replace(/^\/api\/tds/, '').split(/[^A-Za-z0-9]+/)
  return method + parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')
}

function statusesOf(method: string, path: string, { parameters = [], requestBody, security = [] }: Operation) {
  const isGuarded = security.length === 1 && 'key' in (security[0] ?? {})
  const statuses: readonly (readonly [number, boolean])[] = [
    [400, isGuarded && (parameters.length > 0 || requestBody !== undefined)],
    [401, isGuarded],
    [403, isGuarded],
    [404, isGuarded && path.includes('{')],
    [413, isGuarded && requestBody !== undefined],
    [415, isGuarded && requestBody !== undefined],
    [429, isGuarded],
    [503, isGuarded && method !== 'head'],
  ]
  return statuses.filter(([, applies]) => applies).map(([status]) => status)
}
