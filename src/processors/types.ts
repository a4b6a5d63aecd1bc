import type { Entity, JsonObject } from '../entities/index.ts'

/** A document that was read, on its way to its rows. */
export interface ReadDocument {
  readonly sourceEntityId: string
  readonly view: string
  readonly document: JsonObject
  /** Start and end of the read, database clock, as text. */
  readonly readAt: string
  readonly readUntil: string
}

/** A record that Zoho no longer has, proven by a read that started at `readAt`. */
export interface GoneRecord {
  readonly sourceEntityId: string
  readonly readAt: string
}

export type WriteOutcome = 'written' | 'unchanged' | 'stale'

export interface WriteResult {
  readonly sourceEntityId: string
  readonly outcome: WriteOutcome
  readonly change?: 'inserted' | 'updated' | 'deleted'
  readonly view: string
  /** The read may have missed an edit of the same second or overlapped another read: read once more. */
  readonly readAgain: boolean
  /** Parents that the row names and that have no row yet. */
  readonly missingParents: readonly { readonly entityType: string; readonly sourceEntityId: string }[]
}

export type WriteBatch = { readonly entity: Entity; readonly documents: readonly ReadDocument[] }
