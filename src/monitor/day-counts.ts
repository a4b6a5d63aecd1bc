import { createWindowSums, type Sums, type WindowSums } from './sums.ts'

/** Entity → counter name → sum. */
export type DayCounts = Sums
export type DaySums = Pick<WindowSums, 'read'>

/** The counters every settle writes. */
export const settleCounters = ['written', 'unchanged', 'stale', 'skipped', 'failed'] as const

export const DAY_MS = 24 * 60 * 60 * 1000

/** Sums of the settle counters over the last 24 hours. */
export const createDaySums = (): DaySums =>
  createWindowSums(DAY_MS, `^(${[...settleCounters, 'attempt_failed'].join('|')})$`)
