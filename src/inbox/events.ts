import type { Selectable } from 'kysely'
import { type Database, type Db, sql } from '../../db/index.ts'

export type EventStatus = 'received' | 'promoted' | 'duplicate' | 'parked'

export interface EventFilter {
  readonly status?: EventStatus
  readonly module?: string
  /** Received at or after. */
  readonly since?: Date
  /** Received before. */
  readonly until?: Date
  readonly entityType?: string
  /** The Zoho id of the record an event names. */
  readonly sourceEntityId?: string
}

export interface EventListOptions extends EventFilter {
  readonly limit: number
  /** `next` of the page before. */
  readonly after?: string
}

export type InboxEvent = Selectable<Database['tds_inbox_events']>

export interface EventPage {
  readonly items: readonly InboxEvent[]
  /** Of the filter, counted up to 10,000: the answer must cost the same with millions of events. */
  readonly total: number
  readonly next: string | null
}

export interface EventDetail extends InboxEvent {
  /** null for an absorbed repeat: its bytes are those of `duplicate_of`. */
  readonly payload: PayloadPreview | null
}

export interface PayloadPreview {
  readonly bytes: number
  readonly sha256: string
  readonly content_type: string | null
  readonly headers: unknown
  readonly query: unknown
  readonly source_address: string | null
  readonly auth_method: string
  readonly request_id: string | null
  /** As text where the bytes are UTF-8, else Base64; cut after 64 KiB unless all of it was asked for. */
  readonly body: string
  readonly encoding: 'utf8' | 'base64'
  readonly truncated: boolean
}

const countedUpTo = 10_000
const previewBytes = 64 * 1024

/** Newest first; `event_id` is a UUIDv7, so its order is that of arrival. */
export async function listEvents(db: Db, { limit, after, ...filter }: EventListOptions): Promise<EventPage> {
  let page = filtered(db, filter)
    .selectAll()
    .orderBy('event_id', 'desc')
    .limit(limit + 1)
  if (after !== undefined) page = page.where('event_id', '<', after)
  const [rows, total] = await Promise.all([page.execute(), countEvents(db, filter)])
  const items = rows.slice(0, limit)
  return { items, total, next: rows.length > limit ? (items.at(-1)?.event_id ?? null) : null }
}

async function countEvents(db: Db, filter: EventFilter): Promise<number> {
  const some = filtered(db, filter).select('event_id').limit(countedUpTo).as('some')
  const { count } = await db
    .selectFrom(some)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

function filtered(db: Db, { status, module, since, until, entityType, sourceEntityId }: EventFilter) {
  let query = db.selectFrom('tds_inbox_events')
  if (status !== undefined) query = query.where('status', '=', status)
  if (module !== undefined) query = query.where('module', '=', module)
  if (since !== undefined) query = query.where('received_at', '>=', since).where('event_id', '>=', leastIdAt(since))
  if (until !== undefined) query = query.where('received_at', '<', until)
  if (entityType !== undefined) query = query.where('entity_type', '=', entityType)
  if (sourceEntityId !== undefined) query = query.where('source_entity_id', '=', sourceEntityId)
  return query
}

/** Ids begin with the time they were made, so a time is a place in the primary key; a second is left for the clock. */
function leastIdAt(since: Date): string {
  const hex = Math.max(0, since.getTime() - 1_000)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

/** One event with what Zoho sent; undefined when there is none of that id. */
export async function findEvent(
  db: Db,
  eventId: string,
  { whole = false }: { readonly whole?: boolean | undefined } = {},
): Promise<EventDetail | undefined> {
  const event = await db.selectFrom('tds_inbox_events').selectAll().where('event_id', '=', eventId).executeTakeFirst()
  if (!event) return undefined
  const payload = await db
    .selectFrom('tds_inbox_payloads')
    .select(['sha256', 'content_type', 'headers', 'query', 'source_address', 'auth_method', 'request_id'])
    .select(sql<number>`octet_length(body)`.as('bytes'))
    .select(whole ? sql<Buffer>`body`.as('body') : sql<Buffer>`substring(body from 1 for ${previewBytes})`.as('body'))
    .where('event_id', '=', eventId)
    .executeTakeFirst()
  if (!payload) return { ...event, payload: null }
  const truncated = payload.bytes > payload.body.length
  return {
    ...event,
    payload: { ...payload, sha256: payload.sha256.toString('hex'), truncated, ...preview(payload.body, truncated) },
  }
}

/** What is shown can be turned back into the very bytes: text only where it decodes without a replacement. */
function preview(body: Buffer, truncated: boolean): Pick<PayloadPreview, 'body' | 'encoding'> {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    // A cut may fall within a character; a streaming decoder leaves its first bytes out.
    return { body: decoder.decode(body, { stream: truncated }), encoding: 'utf8' }
  } catch {
    return { body: body.toString('base64'), encoding: 'base64' }
  }
}
