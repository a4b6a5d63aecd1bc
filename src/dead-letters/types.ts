import type { Selectable } from 'kysely'
import type { Database, Db } from '../../db/index.ts'
import type { Entities } from '../entities/index.ts'
import type { Clock } from '../runtime/index.ts'
import type { Zoho } from '../zoho/index.ts'

/**
 * Words of this room, the same in tables, routes and CLI:
 *
 * - *letter*: a record whose work ended where repeating did not help; *open* until it is resolved;
 * - *group*: open letters of one cause, known by their fingerprint;
 * - *preview*: a chosen set, frozen letter by letter, and what requeueing it would cost;
 * - *batch*: a set that is being requeued, or was; a preview becomes a batch of the same id when it is confirmed.
 */
export type DeadLetter = Selectable<Database['tds_dead_letter_queue']>

export interface DeadLetterFilter {
  readonly entity_type?: string | undefined
  /** The record's Zoho id. */
  readonly source_entity_id?: string | undefined
  /** Records of the products with this SKU. */
  readonly sku?: string | undefined
  readonly error_code?: string | undefined
  /** A part of the error's words, in either case. */
  readonly error?: string | undefined
  readonly fingerprint?: string | undefined
  /** Created at or after. */
  readonly from?: Date | undefined
  /** Created before. */
  readonly to?: Date | undefined
  /** A part of what a webhook of the record sent. */
  readonly payload?: string | undefined
  readonly resolved?: boolean | undefined
}

export type Sample = Pick<DeadLetter, 'id' | 'entity_type' | 'source_entity_id' | 'error_code'>

export interface DeadLettersDeps {
  readonly db: Db
  readonly entities: Pick<Entities, 'find'>
  readonly zoho: Pick<Zoho, 'state'>
  readonly clock: Clock
  /** Work was committed: wake the workers. */
  readonly onWork: () => void
  /** So many letters were given another try. */
  readonly onRequeued?: (letters: number) => void
  /** What a pass of the background threw. */
  readonly onError: (error: unknown, loop: string) => void
}

/** Which letters: by id, by what they have in common, or as a preview froze them. */
export interface Choice {
  readonly ids?: readonly number[] | undefined
  readonly filter?: DeadLetterFilter | undefined
  readonly previewId?: string | undefined
}
