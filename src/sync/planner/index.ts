export { createPlanner, type Planner, type PlannerDeps } from './planner.ts'
export type { EntityPlan, Plan, TaskMode, TaskPlan } from './types.ts'
