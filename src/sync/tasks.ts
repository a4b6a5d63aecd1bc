import type { Entities } from '../entities/index.ts'
import type { Findings } from './findings/index.ts'
import type { Planner, TaskMode } from './planner/index.ts'
import { patienceMs, type Sync } from './sync.ts'
import type { Mode, Run } from './types.ts'
import type { Verifications } from './verify/index.ts'

/** Something the timetable fires. */
export interface SyncTask {
  readonly name: string
  readonly entityType: string | null
  readonly mode: TaskMode
  readonly cron: string
}

/** What belongs to no single entity. */
const general: readonly SyncTask[] = [
  { name: 'backfill', entityType: null, mode: 'backfill', cron: '*/10 * * * *' },
  { name: 'self-test', entityType: null, mode: 'self-test', cron: '30 1 * * 0' },
  { name: 'verify', entityType: null, mode: 'verify', cron: '0 5 * * *' },
  { name: 'validate', entityType: null, mode: 'validate', cron: '40 * * * *' },
]

/** Every task there is, parents before children. */
export function tasksOf(entities: Entities): readonly SyncTask[] {
  const ofEntities = entities
    .list()
    .flatMap(({ name: entityType, timetable = [] }) =>
      timetable.map(({ mode, cron }) => ({ name: `${entityType}.${mode}`, entityType, mode, cron })),
    )
  return [...ofEntities, ...general]
}

export interface TaskDeps {
  readonly sync: Pick<Sync, 'run' | 'testFilters'>
  readonly planner: Planner
  readonly verifications: Pick<Verifications, 'run'>
  readonly findings: Pick<Findings, 'validate'>
}

export type RunTask = (task: Pick<SyncTask, 'entityType' | 'mode'>, signal: AbortSignal) => Promise<unknown>

/** How the timetable's tasks are done. */
export function createTasks({ sync, planner, verifications, findings }: TaskDeps): RunTask {
  return async ({ entityType, mode }, signal) => {
    if (mode === 'verify') return verifications.run({ trigger: 'schedule', actor: 'scheduler', signal })
    if (mode === 'validate') return findings.validate({ actor: 'scheduler', signal })
    if (mode === 'self-test') return sync.testFilters(signal)
    if (entityType === null) return backfill({ sync, planner }, { trigger: 'schedule', signal })
    const request = { entityType, mode: mode satisfies Mode, trigger: 'schedule', paced: true }
    return sync.run(request, { signal, settleWithinMs: patienceMs })
  }
}

export interface BackfillOptions {
  /** None means all that have documents waiting. */
  readonly names?: readonly string[]
  readonly trigger: string
  /** Documents of each entity, at most. */
  readonly limit?: number | undefined
  readonly signal: AbortSignal
  readonly onProgress?: (run: Run) => void
}

/** Reads as many of the older documents as today's calls allow now: one run for each entity that may read some. */
export async function backfill(
  { sync, planner }: Pick<TaskDeps, 'planner'> & { readonly sync: Pick<Sync, 'run'> },
  { names = [], trigger, limit = Number.POSITIVE_INFINITY, signal, onProgress }: BackfillOptions,
): Promise<readonly Run[]> {
  const runs: Run[] = []
  for (const { entity, allowed_now } of (await planner.plan()).entities) {
    const allowed = Math.min(allowed_now, limit)
    if (signal.aborted || allowed === 0 || (names.length > 0 && !names.includes(entity))) continue
    const request = { entityType: entity, mode: 'backfill', trigger, limit: allowed } as const
    runs.push(await sync.run(request, { signal, settleWithinMs: patienceMs, ...(onProgress && { onProgress }) }))
  }
  return runs
}
