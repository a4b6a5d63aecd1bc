export { createScheduler, type Scheduler, type SchedulerDeps } from './scheduler.ts'
export type { Task } from './timetable.ts'
