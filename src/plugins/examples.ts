/** A JSON schema as the contract holds it; only the words that are asked for here. */
interface Schema {
  readonly $ref?: string
  readonly example?: unknown
  readonly examples?: readonly unknown[]
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly minItems?: number
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema | boolean
  readonly required?: readonly string[]
}

export type Schemas = Readonly<Record<string, Schema>>

/**
 * A value of this schema. Routes name examples where the words matter; what they leave open is filled with the same plain
 * values everywhere, so that every body in the contract can be looked at and sent.
 */
export function exampleOf(schema: Schema, schemas: Schemas, name = ''): unknown {
  const given = schema.example ?? schema.examples?.[0] ?? schema.const ?? schema.enum?.[0]
  if (given !== undefined) return given
  if (schema.$ref) return exampleOf(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, schemas, name)
  const [first] = schema.anyOf ?? schema.oneOf ?? []
  if (first) return exampleOf(first, schemas, name)
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, schemas, name)))
  if (schema.default !== undefined) return schema.default
  const types = [schema.type ?? (schema.properties ? 'object' : 'null')].flat()
  return plainValue(types[0] ?? 'null', schema, schemas, name)
}

function plainValue(type: string, schema: Schema, schemas: Schemas, name: string): unknown {
  switch (type) {
    case 'object':
      return objectOf(schema, schemas)
    case 'array':
      return arrayOf(schema, schemas, name)
    case 'boolean':
      return false
    case 'integer':
    case 'number':
      return numberOf(schema)
    case 'string':
      return textOf(schema, name)
    default:
      return null
  }
}

function arrayOf({ items, minItems = 1 }: Schema, schemas: Schemas, name: string): unknown[] {
  if (typeof items !== 'object') return []
  return Array.from({ length: Math.max(minItems, 1) }, () => exampleOf(items, schemas, singular(name)))
}

function objectOf({ properties = {}, additionalProperties }: Schema, schemas: Schemas): Record<string, unknown> {
  const own = Object.entries(properties).map(([key, part]) => [key, exampleOf(part, schemas, key)] as const)
  if (own.length === 0 && typeof additionalProperties === 'object')
    return { products: exampleOf(additionalProperties, schemas, 'products') }
  return Object.fromEntries(own)
}

/** A request with every choice at once would contradict itself: what need not be sent is only shown where a route does so. */
export function requestOf(schema: Schema, schemas: Schemas): unknown {
  if (schema.example !== undefined || schema.examples || !schema.properties) return exampleOf(schema, schemas)
  const asked = Object.entries(schema.properties).filter(
    ([key, part]) => schema.required?.includes(key) || part.example !== undefined || part.examples,
  )
  return Object.fromEntries(asked.map(([key, part]) => [key, exampleOf(part, schemas, key)]))
}

const numberOf = ({ minimum = 0, exclusiveMinimum, maximum = Number.MAX_SAFE_INTEGER }: Schema): number =>
  Math.min(Math.max(minimum, exclusiveMinimum === undefined ? 0 : exclusiveMinimum + 1, 1), maximum)

const formats: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T08:00:00.000Z',
  date: '2026-01-31',
  uuid: '0198c0de-7e57-7000-8000-000000000001',
  email: 'operator@example.com',
  uri: 'https://example.com/',
}

const words: Readonly<Record<string, string>> = {
  reason: 'the cause is mended',
  note: 'seen, we are on it',
  actor: 'cli',
  subject: 'products',
  entity: 'products',
  entity_type: 'products',
  source_entity_id: '4873910000000012001',
  zoho_item_id: '4873910000000012001',
  name: 'an example',
  message: 'what happened, in words',
  runbook: 'docs/runbook.md#dead-letters',
}

function textOf({ format, pattern, minLength = 0 }: Schema, name: string): string {
  if (format && formats[format]) return formats[format]
  const fits = (text: string) => text.length >= minLength && (!pattern || new RegExp(pattern, 'u').test(text))
  const candidates = [
    words[name] ?? 'text',
    'products',
    '1',
    '4873910000000012001',
    'abcd1234',
    '2026-01-31',
    'x'.repeat(minLength),
  ]
  return candidates.find(fits) ?? 'text'
}

const singular = (name: string): string => name.replace(/s$/, '')
