export { type Bound, type BoundCounts, boundOf } from './bound.ts'
export type { Cancelled } from './cancel.ts'
export { type ControlDeps, createSyncControl, type StartRequest, type SyncControl } from './control.ts'
export type { SyncCost } from './cost.ts'
export type { Cursor, CursorChange, CursorReset } from './cursors.ts'
export * from './findings/index.ts'
export { entitiesFor, modesOf } from './modes.ts'
export { createFieldContext, refuseOtherOrganization, timeZoneOf } from './organization.ts'
export {
  type BudgetSetting,
  type BudgetShares,
  createPlanner,
  type EntityPlan,
  type Plan,
  type Planner,
  type TaskPlan,
} from './planner/index.ts'
export { isOver, type RunDetails, type RunView } from './run-view.ts'
export { createRunner, type Runner } from './runner.ts'
export type { RunFilter } from './runs.ts'
export { createSync, patienceMs, type RunOptions, type Sync, type SyncDeps } from './sync.ts'
export { type BackfillOptions, backfill, createTasks, type RunTask, type SyncTask, tasksOf } from './tasks.ts'
export type { Mode, Pace, Run, RunRequest, Strategy } from './types.ts'
export type { Verdict } from './verdicts.ts'
export * from './verify/index.ts'
export { createRunWatch, type RunEvent, type RunWatch, type Watching } from './watch.ts'
