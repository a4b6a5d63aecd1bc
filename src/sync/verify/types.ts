import type { Db, Tx } from '../../../db/index.ts'
import type { Entities, FieldContext } from '../../entities/index.ts'
import type { Logger } from '../../log.ts'
import type { WorkRequest } from '../../queue/index.ts'
import type { Clock } from '../../runtime/index.ts'
import type { Zoho } from '../../zoho/index.ts'
import type { PagesDeps } from '../pages.ts'

/** One value that is not what Zoho says. */
export interface FieldDifference {
  readonly column: string
  readonly here: unknown
  readonly source: unknown
  /** Which row of a set, such as the location of a stock or a line of an invoice. */
  readonly key?: string
  /** The children's table, where the value is not of the record's own row. */
  readonly table?: string
}

/**
 * - `missing`: at the source, not here · `extra`: here, not at the source · `tombstone`: deleted here, alive at the source
 * - `fields`: values differ · `document`: something outside the typed columns differs
 * - `picture`: not the one Zoho has · `file`: missing, unreadable or not the file the row describes
 */
export type DifferenceKind = 'missing' | 'extra' | 'tombstone' | 'fields' | 'document' | 'picture' | 'file'

export interface Difference {
  readonly kind: DifferenceKind
  readonly source_entity_id: string
  readonly fields?: readonly FieldDifference[]
}

/** Something within the mirror that contradicts itself, whether or not it equals Zoho. */
export interface Finding {
  /** `total`, `allocation`, `balance`, … of the entity's checks; `orphan`, `field_error`, `unread` of all of them. */
  readonly check: string
  readonly severity: 'error' | 'warning'
  /** Empty where it concerns no one record. */
  readonly source_entity_id: string
  readonly expected: string
  readonly found: string
  readonly message: string
}

export interface PictureReport {
  /** Records with a picture at the source; null where their list was not read. */
  readonly at_source: number | null
  /** Rows by status: present, broken, refused, … */
  readonly by_status: Readonly<Record<string, number>>
  /** Files that were opened and whose sha256 was compared. */
  readonly files_read: number
}

export interface EntityReport {
  readonly entity: string
  readonly started_at: string
  readonly finished_at: string
  /** Records at the source; null where only a sample was read. */
  readonly source: number | null
  /** Living rows here. */
  readonly here: number
  /** Records whose list row was compared by hash and by typed columns. */
  readonly listed: number
  /** Records read afresh and compared field by field. */
  readonly detailed: number
  /** Values compared. */
  readonly values: number
  readonly difference_count: number
  /** At most 1,000 of them. */
  readonly differences: readonly Difference[]
  /** Looked different and were equal when read again at once. */
  readonly cleared: number
  /** Different, but their work is already in the queue; with every field, also those whose detail is still due. */
  readonly pending: number
  /** Rows of history whose detail was not read yet: only their list rows were compared. */
  readonly details_due: number
  /** At most 1,000 of them, errors first. */
  readonly findings: readonly Finding[]
  readonly finding_count: number
  readonly finding_errors: number
  /** What kept this entity from being compared to its end; nothing is proven then. */
  readonly unread?: { readonly code: string; readonly message: string }
  /** Rows with an Arabic text, by column. */
  readonly arabic: Readonly<Record<string, { readonly source: number; readonly here: number }>>
  readonly pictures?: PictureReport
  /** Records that were enqueued to be read again, parents of orphans included. */
  readonly requeued: number
}

export interface VerifyReport {
  /** Everything was read, nothing differs, and no finding is an error. */
  readonly ok: boolean
  readonly calls: number
  readonly entities: readonly EntityReport[]
}

export interface VerifyProgress {
  readonly entity: string
  readonly done: number
  readonly expected: number | undefined
}

export interface VerifyOptions {
  /** Under which the reports and all differences are kept; reports alone without. */
  readonly runId?: string
  /** None means all. */
  readonly entityTypes?: readonly string[]
  /** Has what differs read again. @default false */
  readonly repair?: boolean
  /** Compares the detail of every record instead of a sample. @default false */
  readonly everyField?: boolean
  /** Records whose detail is read afresh. @default 20 */
  readonly sample?: number
  readonly signal: AbortSignal
  readonly onProgress?: (progress: VerifyProgress) => void
}

export interface VerifyDeps extends PagesDeps {
  readonly db: Db
  readonly zoho: Pick<Zoho, 'pages' | 'get' | 'organization'>
  readonly entities: Entities
  readonly fieldContext: () => Promise<FieldContext>
  readonly images: {
    /** Reads every file a row names; `damaged` are the ids of those that are not as described. */
    verify(signal: AbortSignal): Promise<{ checked: number; damaged: readonly string[] }>
    /** Ids whose picture is not the one Zoho names, ascending, after the given one. */
    wanted(after: string, limit: number): Promise<readonly string[]>
  }
  readonly enqueue: (tx: Tx, requests: readonly WorkRequest[]) => Promise<unknown>
  /** Work was committed. */
  readonly wake: () => void
  readonly clock: Clock
  readonly log: Logger
}
