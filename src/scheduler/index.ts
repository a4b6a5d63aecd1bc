export { createScheduler, type Scheduler, type SchedulerDeps } from './scheduler.ts'
export type { Task, TimetableLine } from './timetable.ts'
