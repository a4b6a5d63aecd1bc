import type { Tx } from '../../db/index.ts'

/** What one pass repaired. */
export interface Repair {
  /** How many things; a pass that repaired nothing is not written down. */
  readonly affected: number
  /** A table, or a thing in it. */
  readonly subject: string
  /** In words: what was wrong. */
  readonly reason: string
  /** Which ones, as far as a line can hold. */
  readonly filter?: unknown
  readonly before?: unknown
  readonly after?: unknown
}

/**
 * How a room that repairs something by itself is switched, limited and written down. Both are called in the transaction
 * of the repair, and only when there is something to repair: an idle system asks nothing.
 */
export interface Watch {
  /** How many things may be repaired now; 0 while it is switched off or the hour's share is used. */
  allowance(tx: Tx): Promise<number>
  /** One line of the trail and the counter, however many things it were. */
  note(tx: Tx, repair: Repair): Promise<void>
}
