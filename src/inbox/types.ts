import type { Tx } from '../../db/index.ts'

/**
 * Words of the intake, used the same way in tables, logs and routes:
 *
 * - *event*: one webhook as Zoho sent it; its bytes are kept before anyone looks into them;
 * - *repeat*: an event whose module, event and bytes equal an earlier one's; it is *absorbed* (status `duplicate`) or kept;
 * - *spool*: files that hold events while PostgreSQL is away; *drain*: moving them into the table;
 * - *promote*: event → work request in the queue; *park*: keep it with a reason, because nothing can be asked of it.
 */
export type WebhookMethod = 'POST' | 'PUT' | 'DELETE'

export interface IncomingWebhook {
  /** Lower case, as the URL named it; resolved when the event is promoted. */
  readonly module: string
  readonly method: WebhookMethod
  readonly body: Buffer
  readonly contentType: string | undefined
  /** All of them; only an allow-list is kept. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Decoded pairs in the order of the URL. */
  readonly query: ReadonlyArray<readonly [string, string]>
  readonly sourceAddress: string
  readonly authMethod: string
  readonly requestId: string
}

/** What is stored of one webhook: made before storage, the same in the table and in the spool. */
export interface EventRecord {
  /** UUIDv7, the insert key: storing it twice stores it once. */
  readonly eventId: string
  readonly receivedAt: string
  readonly module: string
  readonly event: string | null
  readonly method: WebhookMethod
  /** sha256 of module, event and bytes, hex. */
  readonly idempotencyKey: string
  /** Only a body that tells when it was modified can be known to say nothing new. */
  readonly repeatable: boolean
  readonly body: Buffer
  readonly sha256: string
  readonly contentType: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | readonly string[]>>
  readonly sourceAddress: string
  readonly authMethod: string
  readonly requestId: string
}

export interface Receipt {
  /** Of the first event, where this one was absorbed as its repeat. */
  readonly eventId: string
  readonly idempotencyKey: string
  readonly queued: boolean
}

/** What the entities say of a module's name. */
export interface ModuleRoute {
  readonly entityType: string
  /** Zoho's key of the record, such as `item_id`; other names of it after the first. */
  readonly idFields: readonly string[]
  /** Names Zoho wraps the document in, such as `item`. */
  readonly payloadKeys: readonly string[]
  readonly lane: 'read' | 'image'
  readonly priority: number
}

export type ResolveModule = (module: string) => ModuleRoute | null

export interface Hint {
  readonly entityType: string
  readonly sourceEntityId: string
  readonly lane: 'read' | 'image'
  readonly priority: number
}

/** The queue's enqueue: answers in the order of the hints. */
export type Enqueue = (tx: Tx, hints: readonly Hint[]) => Promise<ReadonlyArray<{ readonly requestedVersion: number }>>
