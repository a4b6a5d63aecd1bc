import type { SyncMode } from '../entities/index.ts'
import type { WorkRequest } from '../queue/index.ts'

export type Mode = SyncMode

export interface RunRequest {
  readonly entityType: string
  readonly mode: Mode
  /** Who asked: `schedule`, `cli`, `api`, `demo`. */
  readonly trigger: string
  /** Goes on where the mass-change guard would hold the run: a person looked and agreed. @default false */
  readonly acceptMassChange?: boolean
  /** Documents behind list rows are read in a full run where they are as young as this. @default six months ago */
  readonly since?: Date
  /** At most so many documents behind list rows, newest first; the rest stays due. @default all */
  readonly limit?: number
  /** As many of them as the planner grants from today's calls, so that live work and the timetable keep theirs. @default false */
  readonly paced?: boolean
  /** Who asked by name, and why. */
  readonly requestedBy?: string
  readonly reason?: string
}

/** How the rows of a list were found: by Zoho's filter, newest first down to the known, or all of them. */
export type Strategy = 'filter' | 'fence' | 'list'

/** Steps of a run: the list, what it did not show, the documents behind its rows. */
export type Phase = 'list' | 'missing' | 'details'

export interface Run {
  readonly id: number
  readonly entity_type: string
  readonly mode: string
  readonly trigger: string
  /** queued: asked for, and not begun yet. */
  readonly status: 'queued' | 'running' | 'read' | 'settled' | 'incomplete' | 'failed' | 'cancelled' | 'held'
  readonly fetched: number
  readonly written: number
  readonly unchanged: number
  readonly stale: number
  readonly skipped: number
  readonly failed: number
  /** Calls for list pages; those of the queue's reads are in `tds_zoho_calls` under their purpose. */
  readonly calls: number
  readonly strategy: Strategy | null
  readonly phase: Phase
  /** Records its list pages showed. */
  readonly listed: number
  /** Records it had read one by one or in bulk, not counting those asked for because the list lacked them. */
  readonly details: number
  readonly since: Date | null
  readonly details_limit: number | null
  readonly is_paced: boolean
  readonly next_page: number
  readonly position: string | null
  readonly modified_since: Date | null
  readonly modified_until: Date | null
  readonly error_code: string | null
  readonly error_message: string | null
  readonly accepts_mass_change: boolean
  readonly requested_by: string | null
  readonly reason: string | null
  /** Of a queued run: when it was asked for. */
  readonly started_at: Date
  readonly read_at: Date | null
  /** Of a cancelled run: when that was done. */
  readonly settled_at: Date | null
  readonly changed_at: Date
}

/** What one step of a run brings; it is enqueued, counted and remembered in one transaction. */
export interface Slice {
  /** Records this step is about, unchanged ones included. */
  readonly fetched: number
  /** Of these, how many equal their row and need nothing. */
  readonly unchanged: number
  /** Of these, how many were read a moment ago by other work of the same sync. @default 0 */
  readonly skipped?: number
  /** Of these, how many a list page showed. @default 0 */
  readonly listed?: number
  /** Of these, how many are to be read for their documents. @default 0 */
  readonly details?: number
  readonly requests: readonly WorkRequest[]
  readonly calls: number
  readonly strategy?: Strategy
  /** The step it belongs to; a run that is taken over goes on there. */
  readonly phase?: Phase
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
