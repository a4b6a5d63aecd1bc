export { createPlanner, type Planner, type PlannerDeps } from './planner.ts'
export type { BudgetSetting, BudgetShares } from './settings.ts'
export type { EntityPlan, Plan, TaskCost, TaskMode, TaskPlan } from './types.ts'
