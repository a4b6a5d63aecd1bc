import type { MappedRow } from '../../entities/index.ts'
import type { Difference, EntityReport, PictureReport } from './types.ts'

/** What the verification of one entity adds up to while it goes on. */
export interface Tally {
  readonly entity: string
  /** Database clock, as text. */
  readonly startedAt: string
  /** First impressions, by id; a second look decides. */
  readonly suspects: Map<string, Difference>
  source: number | null
  here: number
  listed: number
  detailed: number
  values: number
  cleared: number
  pending: number
  requeued: number
  readonly arabic: Map<string, { source: number; here: number }>
  /** Records with a picture at the source, where the list was read. */
  picturesAtSource: number | null
  pictures?: PictureReport
  differences: Difference[]
}

export const createTally = (entity: string, startedAt: string): Tally => ({
  entity,
  startedAt,
  suspects: new Map(),
  source: null,
  here: 0,
  listed: 0,
  detailed: 0,
  values: 0,
  cleared: 0,
  pending: 0,
  requeued: 0,
  arabic: new Map(),
  picturesAtSource: null,
  differences: [],
})

const mostDifferences = 1000

/** @param finishedAt ISO */
export function toReport(tally: Tally, finishedAt: string): EntityReport {
  const { entity, source, here, listed, detailed, values, cleared, pending, requeued, pictures } = tally
  return {
    entity,
    started_at: new Date(tally.startedAt).toISOString(),
    finished_at: finishedAt,
    source,
    here,
    listed,
    detailed,
    values,
    difference_count: tally.differences.length,
    differences: tally.differences.slice(0, mostDifferences),
    cleared,
    pending,
    arabic: Object.fromEntries(tally.arabic),
    ...(pictures && { pictures }),
    requeued,
  }
}

/** Columns of Arabic text, by the name they have in every table. */
export const isArabicColumn = (column: string): boolean => column.endsWith('_ar')

/** Counts the Arabic texts that these documents carry. */
export function countArabic(tally: Tally, mapped: readonly MappedRow[]): void {
  for (const { columns } of mapped) {
    for (const [column, value] of Object.entries(columns)) {
      if (!isArabicColumn(column)) continue
      const counts = tally.arabic.get(column) ?? { source: 0, here: 0 }
      tally.arabic.set(column, { ...counts, source: counts.source + (value === null ? 0 : 1) })
    }
  }
}

export const countValues = (mapped: readonly MappedRow[]): number =>
  mapped.reduce((sum, { columns }) => sum + Object.keys(columns).length, 0)
