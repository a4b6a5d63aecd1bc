import type { WorkRequest } from '../queue/index.ts'

/** `full` sees every record and finds deletions; `incremental` what changed; `sweep` what moves without a time; `images` pictures. */
export type Mode = 'full' | 'incremental' | 'sweep' | 'images'

export interface RunRequest {
  readonly entityType: string
  readonly mode: Mode
  /** Who asked: `schedule`, `cli`, `api`, `demo`. */
  readonly trigger: string
  /** Goes on where the mass-change guard would hold the run: a person looked and agreed. @default false */
  readonly acceptMassChange?: boolean
}

export interface Run {
  readonly id: number
  readonly entity_type: string
  readonly mode: string
  readonly status: 'running' | 'read' | 'settled' | 'incomplete' | 'failed' | 'cancelled' | 'held'
  readonly fetched: number
  readonly written: number
  readonly unchanged: number
  readonly stale: number
  readonly skipped: number
  readonly failed: number
  readonly calls: number
  readonly next_page: number
  readonly position: string | null
  readonly modified_since: Date | null
  readonly modified_until: Date | null
  readonly error_code: string | null
  readonly error_message: string | null
  readonly started_at: Date
  readonly settled_at: Date | null
}

/** What one step of a run brings; it is enqueued, counted and remembered in one transaction. */
export interface Slice {
  /** Records this step is about, unchanged ones included. */
  readonly fetched: number
  /** Of these, how many equal their row and need nothing. */
  readonly unchanged: number
  /** Of these, how many were read a moment ago by other work of the same sync. @default 0 */
  readonly skipped?: number
  readonly requests: readonly WorkRequest[]
  readonly calls: number
  /** Where to go on after a crash. */
  readonly nextPage?: number
  readonly position?: string
  /** Ids that exist at the source, for finding deletions. */
  readonly seen?: readonly string[]
  /** Latest `last_modified_time` in it, as text. */
  readonly modifiedUntil?: string | undefined
}

/** How urgent a run's items are, and whether they yield to live work. */
export interface Pace {
  readonly priority: number
  readonly isBulk: boolean
}
