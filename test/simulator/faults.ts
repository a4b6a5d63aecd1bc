import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import type { Call } from './calls.ts'
import type { Fields, Json } from './json.ts'
import type { ListFault } from './listing.ts'
import { errors, failure, isJson, type Reply, text } from './replies.ts'

/** What can go wrong, one name each; the README says what each does. */
export const faultKinds = [
  'minute-limit',
  'blocked',
  'day-limit',
  'concurrency-limit',
  'expired-token',
  'no-scope',
  'internal-error',
  'unavailable',
  'html',
  'json-code',
  'reply',
  'slow',
  'hold',
  'hold-answer',
  'reset',
  'cut',
  'truncated',
  'truncated-gzip',
  'oversized',
  'wrong-type',
  'duplicate-keys',
  'missing-list-key',
  'endless-pages',
  'shifting-pages',
  'ignored-filters',
] as const
export type FaultKind = (typeof faultKinds)[number]

export const faultSettings = z.strictObject({
  kind: z.enum(faultKinds),
  /** Only calls whose path begins so, as in `/inventory/v1/items`. */
  path: z.string().optional(),
  /** Only calls for this, as in `items list`, `items bulk`, `items image`, `token`. */
  purpose: z.string().optional(),
  method: z.string().optional(),
  /** Only calls with these query parameters, as in `page=2&per_page=200`. */
  query: z.string().optional(),
  /** Matching calls let through before it begins. Default 0. */
  after: z.int().nonnegative().optional(),
  /** How many calls it strikes; without, all until it is cleared. */
  times: z.int().positive().optional(),
  /** `slow`: how long. Default 1000. */
  milliseconds: z.number().nonnegative().optional(),
  /** `reply` and `json-code`: what to say. `wrong-type`: the content type. */
  status: z.int().min(200).max(599).optional(),
  body: z.string().optional(),
  contentType: z.string().optional(),
  /** `reply`: as in a redirect. */
  headers: z.record(z.string(), z.string()).optional(),
  code: z.int().optional(),
  message: z.string().optional(),
  /** `shifting-pages`: rows a page is off by. Default 1: rows are skipped; -1: rows repeat. */
  shift: z.int().optional(),
})
export type FaultSettings = z.infer<typeof faultSettings>

export interface Fault {
  readonly id: string
  readonly settings: FaultSettings
  seen: number
  struck: number
  readonly held: (() => void)[]
}

/** Replies that stand for the whole answer of a call. */
export function insteadOf(settings: FaultSettings, perDay: number): Reply | undefined {
  switch (settings.kind) {
    case 'minute-limit':
      return errors.limit(44, perDay)
    case 'blocked':
      return errors.limit(43, perDay)
    case 'day-limit':
      return errors.limit(45, perDay)
    case 'concurrency-limit':
      return errors.limit(1070, perDay)
    case 'expired-token':
    case 'no-scope':
      return errors.unauthorized()
    case 'internal-error':
      return errors.internal()
    case 'unavailable':
      return text(503, 'text/html;charset=UTF-8', page('503 Service Temporarily Unavailable'))
    case 'html':
      return text(200, 'text/html;charset=UTF-8', page('Zoho Accounts'))
    case 'json-code':
      return failure(settings.status ?? 200, settings.code ?? 1000, settings.message ?? 'Internal error')
    case 'reply':
      return {
        ...text(settings.status ?? 200, settings.contentType ?? 'application/json;charset=UTF-8', settings.body ?? ''),
        ...(settings.headers && { headers: settings.headers }),
      }
    case 'oversized':
      return { ...text(200, 'application/json;charset=UTF-8', ''), ...packed(oversized()) }
    case 'reset':
      return { ...text(200, 'text/plain', ''), fate: 'reset' }
    default:
      return undefined
  }
}

/** What a fault makes of an answer that was already found. */
export function spoil(settings: FaultSettings, reply: Reply, write: (json: Fields) => string): Reply {
  if (settings.kind === 'missing-list-key' && isJson(reply)) return { ...reply, json: withoutList(reply.json) }
  if (settings.kind === 'duplicate-keys' && isJson(reply)) return doubled(reply.status, reply.json, write)
  if (!['truncated', 'truncated-gzip', 'cut', 'wrong-type'].includes(settings.kind)) return reply
  const bytes = isJson(reply) ? Buffer.from(write(reply.json)) : reply.bytes
  const contentType = isJson(reply) ? 'application/json;charset=UTF-8' : reply.contentType
  const whole = { status: reply.status, contentType, ...(reply.headers ? { headers: reply.headers } : {}) }
  if (settings.kind === 'cut') return { ...whole, bytes, fate: 'cut' }
  if (settings.kind === 'wrong-type') return { ...whole, bytes, contentType: settings.contentType ?? 'text/plain' }
  if (settings.kind === 'truncated-gzip') {
    const zipped = gzipSync(bytes)
    return { ...whole, ...packed(zipped.subarray(0, Math.floor(zipped.length / 2))) }
  }
  return { ...whole, bytes: bytes.subarray(0, Math.floor(bytes.length / 2)) }
}

/** How faults change a list. */
export function listFaultOf(struck: readonly Fault[]): ListFault {
  const fault = (kind: FaultKind) => struck.find(({ settings }) => settings.kind === kind)?.settings
  const shifting = fault('shifting-pages')
  return {
    endless: fault('endless-pages') !== undefined,
    ignoreFilters: fault('ignored-filters') !== undefined,
    shift: shifting ? (shifting.shift ?? 1) : 0,
  }
}

/** Whether a fault speaks of a call at all. */
export function matches({ path, purpose, method, query }: FaultSettings, call: Call): boolean {
  if (path !== undefined && !call.path.startsWith(path)) return false
  if (purpose !== undefined && call.purpose !== purpose) return false
  if (method !== undefined && call.method !== method) return false
  const asked = new URLSearchParams(call.query)
  return [...new URLSearchParams(query)].every(([name, value]) => asked.get(name) === value)
}

const packed = (bytes: Buffer) => ({ bytes, headers: { 'content-encoding': 'gzip' } })

/** A small reply that is 80 MB large once it is unpacked. */
function oversized(): Buffer {
  bomb ??= gzipSync(`{"code":0,"message":"${'x'.repeat(80 * 1024 * 1024)}"}`, { level: 1 })
  return bomb
}
let bomb: Buffer | undefined

/** Every key twice: first with a value that is wrong, then with its own, which is the one that counts. */
function doubled(status: number, json: Fields, write: (json: Fields) => string): Reply {
  const wrong = Object.fromEntries(Object.keys(json).map((key) => [key, key === 'code' ? 1000 : null]))
  return text(status, 'application/json;charset=UTF-8', `${write(wrong).slice(0, -1)},${write(json).slice(1)}`)
}

function withoutList(json: Fields): Fields {
  const kept: { [key: string]: Json } = {}
  for (const [key, value] of Object.entries(json)) if (!Array.isArray(value)) kept[key] = value
  return kept
}

const page = (title: string) => `<!DOCTYPE html><html><head><title>${title}</title></head><body>${title}</body></html>`
