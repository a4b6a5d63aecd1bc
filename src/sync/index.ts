export { entitiesFor, modesOf } from './plan.ts'
export { createSync, patienceMs, type RunOptions, type Sync, type SyncDeps } from './sync.ts'
export type { Mode, Pace, Run, RunRequest } from './types.ts'
export * from './verify/index.ts'
