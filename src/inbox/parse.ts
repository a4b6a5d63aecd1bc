import { isObject, readBody } from './read-body.ts'
import type { ModuleRoute, ResolveModule } from './types.ts'

export interface StoredWebhook {
  readonly module: string
  readonly event: string | null
  readonly body: Buffer
  readonly contentType: string | null
  readonly query: Readonly<Record<string, unknown>>
}

export interface ParseOptions {
  readonly resolve: ResolveModule
  /** The one organisation we mirror; undefined accepts any. */
  readonly organizationId: string | undefined
}

export type Parsed =
  | { readonly route: ModuleRoute; readonly sourceEntityId: string; readonly event: string | null }
  | { readonly parked: string }

type Fields = Readonly<Record<string, unknown>>

/** Which record a webhook speaks of, or in words why that cannot be known. Never throws, whatever the bytes. */
export function parseWebhook(webhook: StoredWebhook, options: ParseOptions): Parsed {
  try {
    return parse(webhook, options)
  } catch (error) {
    return { parked: `the body could not be read: ${error instanceof Error ? error.name : 'unknown fault'}` }
  }
}

function parse({ module, event, body, contentType, query }: StoredWebhook, options: ParseOptions): Parsed {
  const route = options.resolve(module)
  if (!route) return { parked: `unknown module ${module}: nothing here mirrors it` }
  const read = readBody(body, contentType ?? undefined)
  if ('unreadable' in read) return { parked: read.unreadable }
  const document = findDocument(read.root, route)
  const foreign = foreignOrganization([document, read.root, query], options.organizationId)
  if (foreign) return { parked: foreign }
  const id = findId([document, read.root, query], route)
  if (id === undefined) return { parked: noId(body, route) }
  if (!/^\d{1,30}$/.test(id))
    return { parked: `${route.idFields[0]} ${JSON.stringify(id.slice(0, 40))} is not a Zoho id` }
  return { route, sourceEntityId: id, event }
}

/** Wrapped in a name we know, bare, or wrapped in the only name there is. */
function findDocument(root: Fields, { payloadKeys, idFields }: ModuleRoute): Fields {
  const known = payloadKeys.map((key) => root[key]).find(isObject)
  if (known) return known
  const names = (fields: Fields) => idFields.some((field) => fields[field] !== undefined)
  if (names(root)) return root
  const [wrapped, ...others] = Object.values(root).filter(isObject)
  return wrapped && others.length === 0 && names(wrapped) ? wrapped : root
}

function findId(places: readonly Fields[], { idFields, payloadKeys }: ModuleRoute): string | undefined {
  const names = [...new Set([...idFields, ...payloadKeys.map((key) => `${key}_id`), 'id', 'entity_id'])]
  for (const place of places) {
    const found = names.map((name) => idText(place[name])).find((id) => id !== undefined)
    if (found !== undefined) return found
  }
  return undefined
}

/** Ids come as text, as a number, or as a number with more digits than a double holds, which then kept its source text. */
function idText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() || undefined
  if (typeof value === 'number') return String(value)
  return isObject(value) && 'rawJSON' in value && typeof value.rawJSON === 'string' ? value.rawJSON : undefined
}

function foreignOrganization(places: readonly Fields[], ours: string | undefined): string | undefined {
  if (ours === undefined) return undefined
  const named = places.map((place) => idText(place.organization_id)).find((id) => id !== undefined)
  return named === undefined || named === ours ? undefined : `organisation ${named.slice(0, 40)} is not ours (${ours})`
}

function noId(body: Buffer, { idFields }: ModuleRoute): string {
  if (body.length === 0) return "empty body: Zoho's Test button sends one, a working webhook never does"
  return `no ${idFields[0]} in the body or the query`
}
