import type { EntityPlan } from '../../src/sync/index.ts'
import type { CallsReport, ExpectedImages } from '../simulator/index.ts'
import type { LineRow, MirrorRow, Pictures, PlaceStock } from './mirror.ts'

export interface EntityFigures extends MirrorRow {
  readonly inZoho: number
  readonly unchanged: number
  readonly skipped: number
  readonly calls: number
  readonly fewest: number
}

export interface LineFigures extends LineRow {
  /** Records whose document is left to the backfill, so that their lines are not here yet. */
  readonly due: number
}

/** What there is and what it took. */
export interface Figures {
  readonly entities: readonly EntityFigures[]
  readonly lines: readonly LineFigures[]
  readonly stock: readonly PlaceStock[]
  readonly pictures: Pictures
  readonly expectedPictures: ExpectedImages
  readonly picturesFetched: number
  /** As the simulator counted them. */
  readonly calls: CallsReport
  /** As TDS counted them, the organisation's included. */
  readonly callsMade: number
  readonly organisation: { readonly calls: number; readonly fewest: number }
  readonly fewest: number
  readonly rowsChanged: number
  /** Entities with documents that are left to the backfill. */
  readonly history: readonly EntityPlan[]
  /** Entities whose run went on where an earlier process had been stopped: its calls are not counted. */
  readonly resumed: readonly string[]
}
