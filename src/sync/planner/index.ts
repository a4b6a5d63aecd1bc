export { createPlanner, type Planner, type PlannerDeps } from './planner.ts'
export type { EntityPlan, Plan, TaskPlan } from './types.ts'
