import type { Db } from '../../db/index.ts'
import type { Entity } from '../entities/index.ts'
import type { Logger } from '../log.ts'
import type { Depth } from '../queue/index.ts'
import type { Clock } from '../runtime/index.ts'
import type { ZohoState } from '../zoho/index.ts'
import type { DayCounts } from './day-counts.ts'
import type { EntityRuns } from './read/runs.ts'
import type { Vitals } from './read/vitals.ts'
import type { ReadingPlan } from './shapes.ts'
import type { Thresholds } from './thresholds.ts'

/**
 * Words of the monitor:
 *
 * - *snapshot*: the facts health is judged by, read at one moment, the same for everyone who asks within a second;
 * - *verdict*: healthy, degraded or unhealthy with its reasons, made of a snapshot and of nothing else;
 * - *stocktake*: counts that cost more than a glance (rows, lags, calls by purpose), read behind the answers.
 */
export interface MonitorDeps {
  readonly db: Db
  readonly entities: { list(): readonly MonitoredEntity[] }
  readonly zoho: { state(): Promise<ZohoState> }
  /** Folder of the product images: the disk that fills up. */
  readonly imageDir: string
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
  /** Null where the folder cannot be asked (it is made with the first image). */
  readonly diskFreePercent: number | null
  readonly thresholds: Thresholds
  /** False when `tds_configuration` holds thresholds nobody can read: then the defaults judge. */
  readonly thresholdsAreValid: boolean
}
