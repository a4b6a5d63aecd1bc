import type { Db, Tx } from '../../db/index.ts'
import type { Entities } from '../entities/index.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import type { Zoho } from '../zoho/index.ts'

/**
 * Words of this room, the same in tables, routes and CLI:
 *
 * - *action*: one kind of repair, with a switch and limits of its own;
 * - *pass*: one look for what an action could repair, and the repair of as much as it may;
 * - *try*: one repair of one record; what does not help is tried again after hours, and after the third time not at all;
 * - *held*: a pass that found something and did nothing, because it would not help or could do harm.
 */
export const actionNames = [
  'expired-leases',
  'stuck-runs',
  'dead-letters-outage',
  'dead-letters-permission',
  'dead-letters-parent',
  'token',
  'missing-files',
  'verify-gaps',
] as const

export type ActionName = (typeof actionNames)[number]

export interface Setting {
  readonly enabled: boolean
  /** Seconds between two passes. */
  readonly every_seconds: number
  /** Things a pass may repair. */
  readonly limit: number
  /** Things an hour may repair. */
  readonly hourly_limit: number
}

export interface PassOptions {
  /** Repair at most so many. */
  readonly limit: number
  /** Only look. */
  readonly dryRun: boolean
  readonly signal: AbortSignal
  /** Where the last pass ended, for actions that go through a long list. */
  readonly position: string | null
}

export interface Pass {
  /** What could be repaired, as far as the pass looked. */
  readonly found: number
  readonly healed: number
  /** Why something, or all of it, was left alone; null: nothing was. */
  readonly held: string | null
  /** The first of them. */
  readonly samples: readonly string[]
  readonly position?: string | null
}

/** A record, as repairs name it. */
export interface Target {
  readonly entityType: string
  readonly sourceEntityId: string
}

export interface Letter extends Target {
  readonly id: number
}

/** What a stored verify report says of one record. */
export interface Gap {
  readonly kind: string
  readonly source_entity_id: string
}

export interface HealingDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly entities: Entities
  readonly zoho: Pick<Zoho, 'state' | 'retryToken'>
  /** Only the leading process looks. */
  readonly isLeader: () => boolean
  /** Has the records of these letters read again, as bulk work. */
  readonly readAgain: (tx: Tx, letters: readonly Letter[]) => Promise<void>
  /** Has records that a verify report named read again. */
  readonly repairGaps: (tx: Tx, entityType: string, ids: readonly string[]) => Promise<void>
  readonly images: {
    /** Looks at the files of the next rows, in id order. `next` is where to go on, null at the end. */
    verifySome(
      after: string,
      limit: number,
      signal: AbortSignal,
    ): Promise<{ readonly checked: number; readonly damaged: readonly string[]; readonly next: string | null }>
    pausedUntil(): Promise<Date | null>
    readonly entityType: string
  }
  /** Work was committed: wake the workers. */
  readonly wake: () => void
}
