/**
 * Words of the queue, used the same way in tables, logs, routes and CLI:
 *
 * - *request*: "this record needs work", coalesced into the one live row of its (entity type, source id);
 * - *hint*: a request without a document: the record must be read from Zoho again;
 * - *document*: what a list page brought; the row points to it, the writer writes it without a call;
 * - *lane*: who takes the row: `write` (documents), `read` (hints), `image`;
 * - *claim*: a lease on a row; its token is named by every settle, so a lost lease settles nothing;
 * - *settle*: the end of an attempt: completed, failed (runs again), snoozed (waits, no attempt spent) or dead-lettered.
 */
export type Lane = 'write' | 'read' | 'image'

export type Outcome = 'written' | 'unchanged' | 'stale' | 'skipped' | 'failed'

/** 1 is first. */
export const priorities = { webhook: 1, stock: 2, incremental: 3, image: 4, full: 5, sweep: 6, backfill: 7 } as const

export interface WorkRequest {
  readonly entityType: string
  readonly sourceEntityId: string
  /** The lane that takes the record when it has to be read; a request with a document goes to `write` first. */
  readonly lane: Exclude<Lane, 'write'>
  readonly priority: number
  /** Bulk work yields budget to live work and does not count in queue alerts. @default false */
  readonly isBulk?: boolean
  readonly runId?: number
  /** Not before this many milliseconds from now. @default 0 */
  readonly runAfterMs?: number
  readonly document?: WorkDocument
  /** Who asks where no run does; the history of the rows says it. */
  readonly cause?: WorkCause
}

/** Follow-ups keep the cause of what they follow. */
export type WorkCause = 'webhook' | 'requeue' | 'repair'

export interface WorkDocument {
  /** The view it was read from: a key of the entity's sources, such as `list`. */
  readonly source: string
  /** Start of the read by the database clock, as text with microseconds. */
  readonly readAt: string
  readonly text: string
}

export interface Enqueued {
  readonly entityType: string
  readonly sourceEntityId: string
  readonly queueId: number
  readonly requestedVersion: number
}

export interface ClaimedItem {
  readonly id: number
  readonly entityType: string
  readonly sourceEntityId: string
  readonly lane: Lane
  readonly priority: number
  readonly isBulk: boolean
  /** This attempt included. */
  readonly attempts: number
  readonly leaseToken: number
  readonly claimedVersion: number
  readonly runId: number | null
  readonly documentId: string | null
  /** Who asked, where no run did; absent in work that nobody named. */
  readonly cause?: WorkCause | null
  /** Database clock, as text. */
  readonly claimedAt: string
  /** From the time it was due to the claim. */
  readonly waitedMs: number
}

/** What happened to one claimed item; rows are written by the caller in the same transaction. */
export interface Settlement {
  readonly item: ClaimedItem
  readonly outcome: Exclude<Outcome, 'failed'>
  /** In words, for `skipped`. */
  readonly reason?: string
}
