import type { Db } from '../../db/index.ts'
import type { Entity } from '../entities/index.ts'
import type { Logger } from '../log.ts'
import type { Depth } from '../queue/index.ts'
import type { Clock } from '../runtime/index.ts'
import type { ZohoState } from '../zoho/index.ts'
import type { DayCounts } from './day-counts.ts'
import type { FolderFact } from './read/folders.ts'
import type { PictureFacts } from './read/picture-facts.ts'
import type { EntityRuns } from './read/runs.ts'
import type { Vitals } from './read/vitals.ts'
import type { Silence } from './silence.ts'
import type { ReadingPlan } from './statistics-shapes.ts'
import type { Thresholds } from './thresholds.ts'

/**
 * Words of the monitor:
 *
 * - *snapshot*: the facts health is judged by, read at one moment, the same for everyone who asks within a second;
 * - *here*: what this process knows without the database;
 * - *verdict*: healthy, degraded or unhealthy with its reasons, made of these two and of nothing else;
 * - *stocktake*: counts that cost more than a glance (rows, lags, calls by purpose), read behind the answers.
 */
export interface MonitorDeps {
  readonly db: Db
  readonly entities: { list(): readonly MonitoredEntity[] }
  readonly zoho: { state(): Promise<ZohoState> }
  /** Folder of the product images: the disk that fills up. */
  readonly imageDir: string
  /** Where webhooks wait while the database is away. */
  readonly spool?: { readonly dir: string; state(): SpoolState }
  /** Seconds the longest pass of a worker's loop has lasted by now; 0 while all rest. */
  readonly passSeconds?: () => number
  /** The task of the timetable that fires most often and leaves its time behind; null where none is known. */
  readonly pulse?: () => Pulse | null
  /** Percent of a folder's disk that is free. @default what the file system says */
  readonly freePercent?: (path: string) => Promise<number>
  readonly clock: Clock
  readonly log: Logger
  /**
   * Seconds between the complete runs the timetable plans for an entity; null where this process knows of none: then
   * `sync_every_seconds` of the thresholds counts, so that a mirror nobody plans for does not pass for fresh.
   */
  readonly plannedEverySeconds?: (entityType: string) => number | null
  /** How the day's calls are divided; without it the statistics speak of none. */
  readonly plan?: () => Promise<ReadingPlan>
  /** In words, why requests should not come here yet or any more (schema not checked, draining); null when they may. */
  readonly notReady?: () => string | null
}

export interface SpoolState {
  readonly spoolBytes: number
  readonly spoolOldestAt: Date | null
  /** Why the database takes no webhooks, as a code; null while it does. */
  readonly refusedBy: string | null
  /** Files that were set aside. */
  readonly spoolDamaged: number
}

export interface Pulse {
  readonly name: string
  readonly everySeconds: number
}

export type MonitoredEntity = Pick<Entity, 'name' | 'joins'> & { readonly webhook: Pick<Entity['webhook'], 'modules'> }

export interface Snapshot {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What reading it took. */
  readonly databaseMs: number
  readonly depth: Depth
  /** Settles of the last 24 hours by entity and outcome. */
  readonly day: DayCounts
  readonly runs: ReadonlyMap<string, EntityRuns>
  /** Seconds between complete runs, of the entities that have a due time of their own. */
  readonly plannedEvery: ReadonlyMap<string, number>
  readonly vitals: Vitals
  readonly zoho: ZohoState
  readonly pictures: PictureFacts
  readonly silence: Silence
  readonly pulse: Pulse | null
  /** How much further the database's clock is than ours, beyond what reading it took. */
  readonly databaseSkewMs: number
  readonly thresholds: Thresholds
  /** False when `tds_configuration` holds thresholds nobody can read: then the defaults judge. */
  readonly thresholdsAreValid: boolean
}

export interface HereFacts {
  readonly folders: readonly FolderFact[]
  /** Null where this process has none. */
  readonly spool: {
    readonly bytes: number
    readonly oldestSeconds: number | null
    readonly refusedBy: string | null
    readonly damaged: number
  } | null
  readonly passSeconds: number
}

/** Without the database judged by the thresholds that were last known. */
export type Here = HereFacts & { readonly thresholds: Thresholds }
